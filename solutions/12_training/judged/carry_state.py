"""What `carry_state` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure

from notes import section


def carry_state(h, c, reset):
    return carrying()(h, c, reset)


KEPT = "where nothing begins anew, both states go on as they are"


ZERO = "where everything begins anew, both are 0"


ROWS = "row by row: 0 where reset is True, as it was elsewhere"


def carry_groups(rng: np.random.Generator) -> list[Group]:
    def case(*reset: bool, H: int = 3) -> Args:
        N = len(reset)
        h, c = rng.uniform(-1, 1, size=(N, H)), 2 * rng.normal(size=(N, H))
        return {"h": h, "c": c, "reset": np.array(reset)}

    mixed = case(False, True, True, False, True, H=2)
    square = case(True, False, False)  # N = H: rows and columns can be mixed up
    return [
        Group("two arrays (N, H)", [mixed], kind="shape"),
        Group(KEPT, [case(False, False, H=4), case(False)]),
        Group(ZERO, [case(True, True, True, H=2)], points=0.5),
        Group(ROWS, [mixed, square, case(False, True, H=5)], points=2),
        pure(),
    ]


@composable
def carrying(**mistake):
    """carry_state; each keyword replaces one piece of it by a wrong one."""

    def function(h, c, reset):
        m = mistake
        which = m.get("which", lambda reset: reset)(reset)
        rows = m.get("rows", lambda which, state: np.repeat(which[:, None], state.shape[1], axis=1))
        fresh = m.get("fresh", lambda state: np.zeros_like(state))
        put = m.get("put", lambda state, fresh, mask: np.where(mask, fresh, state))
        new = {
            name: put(state, fresh(state), rows(which, state))
            if m.get(name, True)
            else state.copy()
            for name, state in (("h", h), ("c", c))
        }
        return m.get("finish", lambda h, c: (h, c))(new["h"], new["c"])

    return function


def _in_place(h, c, reset):
    h[reset] = 0
    c[reset] = 0
    return h, c


def _in_place_returns_nothing(h, c, reset):
    _in_place(h, c, reset)


def _columns(which, state):
    """As `state * ~reset` broadcasts: along the last axis."""
    return np.broadcast_to(which, state.shape)


CARRY_WRONG = (
    Wrong("the wrong way round", carrying(which=lambda reset: ~reset),
          "Rows where reset is True are kept and the others start anew: it is the other way round."),
    Wrong("never reset", carrying(which=lambda reset: np.zeros_like(reset)),
          "Nothing starts anew: reset is not used. Rows where it is True become 0."),
    Wrong("always reset", carrying(which=lambda reset: np.ones_like(reset)),
          "All rows start anew. Only those where reset is True do."),
    Wrong("all rows where one is reset", carrying(which=lambda reset: np.full(reset.shape, reset.any())),
          "As soon as one row is reset, all of them are. Each row is a stream of its own."),
    Wrong("only where all are reset", carrying(which=lambda reset: np.full(reset.shape, reset.all())),
          "Nothing starts anew unless every row does. Each row is a stream of its own."),
    Wrong("h alone", carrying(c=False),
          "c is carried on everywhere: a stream that begins anew would remember the one before it. Both "
          "states start from 0."),
    Wrong("c alone", carrying(h=False),
          "h is carried on everywhere. Both states start from 0."),
    Wrong("columns instead of rows", carrying(rows=_columns),
          "You reset columns, units of the network. reset (N,) is about rows: reset[:, None] stands beside "
          "(N, H)."),
    Wrong("only the first row that is reset", carrying(
              which=lambda reset: np.arange(len(reset)) == (reset.argmax() if reset.any() else -1)),
          "Only the first of the rows to reset starts anew. There may be several."),
    Wrong("the reset rows dropped", carrying(put=lambda state, fresh, mask: state[~mask[:, 0]]),
          "The rows that start anew are missing from your result. They stay, as zeros: (N, H) as before."),
    Wrong("starts from 1", carrying(fresh=np.ones_like),
          "What begins anew begins at 1. A state that knows nothing is 0."),
    Wrong("starts from the mean", carrying(fresh=lambda state: np.zeros_like(state) + state.mean(0)),
          "What begins anew begins at the mean of all streams: it would know of texts it never read."),
    Wrong("nan instead of 0", carrying(fresh=lambda state: np.full_like(state, np.nan)),
          "What begins anew is nan, and nan spreads through the whole network. Put 0 there."),
    Wrong("h and c exchanged", carrying(finish=lambda h, c: (c, h)),
          "You return c first. The order is h, c."),
    Wrong("only h", carrying(finish=lambda h, c: h),
          "You return one state alone. Two are asked for: h, c."),
    Wrong("in one array", carrying(finish=lambda h, c: np.stack([h, c])),
          "You return one array. Two are asked for, each (N, H): h, c."),
    Wrong("nothing returned", _in_place_returns_nothing,
          "You write into the caller's states and return nothing. Return new ones: h, c."),
    Wrong("changes the states in place", _in_place,
          "Your values are right, but the caller's h and c are changed, and the window that just ended may "
          "still need them. Make new arrays, with np.where or a copy.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=carry_state,
    groups=carry_groups,
    wrong=CARRY_WRONG,
    hints=(
        "reset is (N,), the states are (N, H): reset[:, None] is a column that fits beside them.",
        "np.where(condition, a, b) takes from a where the condition is True and from b elsewhere.",
        "np.where(reset[:, None], 0.0, h), and the same for c.",
    ),
    notes=section("Backpropagation"),
    returns=("h", "c"),
    may_share=("h", "c"),
)
