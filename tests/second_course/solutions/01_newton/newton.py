# %% [markdown]
# # 1 · Newton's method
#
# A curve is hard to follow, its tangent is not. Where the tangent at $x$ meets the axis, the curve's own
# zero is not far:
#
# $$x_{k+1} = x_k - \frac{f(x_k)}{f'(x_k)}$$

# %%
import matplotlib.pyplot as plt
import numpy as np

from utils.check import check
from utils.learner.quiz import ask

from newton_functions import df, f

# %% [markdown]
# ## Exercise 1.1: one step
#
# Write `newton_step(f, df, x)`: the number where the tangent of `f` at `x` meets the axis.


# %% nbgrader={"grade": false, "grade_id": "newton_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def newton_step(f, df, x):
    """f, df: a function and its derivative. x: a number. Returns the next number."""
    ### BEGIN SOLUTION
    return x - f(x) / df(x)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_newton_step", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(newton_step)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("newton_step", newton_step)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 1.2: all steps
#
# Write `newton(f, df, x0, steps)`: an array of `x0` and the number after each step.


# %% nbgrader={"grade": false, "grade_id": "newton", "locked": false, "schema_version": 3, "solution": true, "task": false}
def newton(f, df, x0, steps):
    """x0: where to start. Returns an array of steps + 1 numbers."""
    ### BEGIN SOLUTION
    path = [x0]
    for _ in range(steps):
        path.append(newton_step(f, df, path[-1]))
    return np.array(path)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_newton", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(newton)
### BEGIN HIDDEN TESTS
from autograder.stock import points

points("newton", newton)
### END HIDDEN TESTS

# %% [markdown]
# ## How fast
#
# Each step doubles the number of right digits, as long as there is something left to gain.

# %%
path = newton(f("parabola"), df("parabola"), 3.0, 6)
plt.semilogy(np.abs(path - np.sqrt(2)) + 1e-17, "o-")
plt.xlabel("step")
plt.ylabel("distance to √2")
plt.show()

# %%
ask("flat")

# %% [markdown]
# ## In your own words
#
# Start at a number from which the method never arrives. Which one, and why? (2 points, read by a person.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_newton", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# At 0 the parabola is flat: the tangent never meets the axis.
