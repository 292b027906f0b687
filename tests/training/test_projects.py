"""The projects of unit 22: what was split stays apart, losses have gradients, models train."""

import numpy as np
import pytest

from utils.gradients.numerical import numerical_gradient
from utils.learner.capstone import checklist
from utils.learner.stand_ins import no_leak, own_gradients, own_step
from utils.training import own_variant, projects


@pytest.fixture(scope="module", params=projects.NAMES)
def project(request):
    return projects.load(request.param)


def test_the_split_leaks_nothing_and_leaves_enough(project):
    train, validation, test = project.split()
    assert len(train) > 3 * len(validation) and len(test) > 50
    for part in (validation, test):
        assert no_leak(project.seen(train), project.seen(part))
    assert no_leak(project.seen(validation), project.seen(test))


def test_the_gradient_of_a_loss_is_measured(project):
    _, y, asked = projects.padded(project.pieces[:3])
    at = {"outputs": np.random.default_rng(0).normal(size=y.shape)}
    losses, d = project.loss(at["outputs"], y, asked)
    assert losses.shape == (3,)
    true = numerical_gradient(lambda at: project.loss(at["outputs"], y, asked)[0].sum(), at)
    np.testing.assert_allclose(d, true["outputs"], rtol=1e-6, atol=1e-9)
    assert not d[~asked].any()  # nothing behind a piece's end, nothing that was not asked


def test_a_model_learns_more_than_nothing(project):
    train, validation, test = project.split()
    weights = own_variant.start(np.random.default_rng(0), project.D, 8, project.K)
    model = own_variant.OwnVariant(own_step, own_gradients, weights)
    before = own_variant.losses(project, model, test).mean()
    rng = np.random.default_rng(1)
    own_variant.fit(project, model, (train, validation), 40, rng=rng, live=False)
    assert own_variant.losses(project, model, test).mean() < before


def test_the_gradient_over_time_is_that_of_the_losses():
    rng = np.random.default_rng(2)
    weights = own_variant.start(rng, 3, 4, 1)
    x, dh = rng.normal(size=(5, 2, 3)), rng.normal(size=(5, 2, 4))
    model = own_variant.OwnVariant(own_step, own_gradients, weights)
    model.forward(x)
    model.backward(dh)

    def loss(at):
        other = own_variant.OwnVariant(own_step, own_gradients, weights | at)
        return (dh * other.forward(x)).sum()

    true = numerical_gradient(loss, {name: model.params[name] for name in model.cell})
    for name, gradient in true.items():
        np.testing.assert_allclose(model.grads[name], gradient, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(
    "ask", [projects.load, lambda name: projects.load("sea").baseline(name, [], [])]
)
def test_what_there_is_not_is_refused(ask):
    with pytest.raises(ValueError, match="none of"):
        ask("weather")


def test_the_list_says_what_is_missing(capsys):
    checklist({"one": True, "two": False})
    said = capsys.readouterr().out
    assert "✔ one" in said and "○ two" in said and "1 of 2" in said
