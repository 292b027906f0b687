"""The words of the course, each explained in a sentence or two that needs no other page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A word. says: plain Markdown. unit: the number of the unit that teaches it.

    also: other forms under which a text may use it ("gates"); the plural in s need not be listed.
    """

    name: str
    says: str
    unit: str
    also: tuple[str, ...] = ()


TERMS = (
    Term("Adam", "A way to change weights by their gradients: each weight gets a step size of its own, from running means of its gradient and of its square.", "12"),
    Term("attention", "A weighted mean over all hidden states of a sequence. The weights say how much each is asked for at this step.", "20"),
    Term("backpropagation through time", "The gradients of a recurrent network: the chain rule, from the last time step to the first, with each weight's shares added up over all steps.", "11", ("BPTT",)),
    Term("batch", "Several examples that are computed together, one a row. They share the weights and nothing else.", "02"),
    Term("beam search", "Writing a sequence while keeping the few best beginnings at every step, and not just the one best.", "20"),
    Term("bias", "The number that is added to a pre-activation whatever the input is. A forget gate's bias of 1 or more makes a fresh network remember.", "02"),
    Term("candidate", "g, what the cell could write at this step: between −1 and 1, from the input and the hidden state. The input gate says how much of it is written.", "03", ("candidate state", "cell candidate")),
    Term("cell state", "c, the memory of an LSTM. It is changed only by a product with the forget gate and by adding what the input gate lets in.", "05"),
    Term("chain rule", "How the gradient of a composition is made: along each path the derivatives multiply, and paths that meet add up.", "10"),
    Term("cross-entropy", "The loss of a predicted distribution: minus the logarithm of the probability that it gave to what really came.", "07", ("cross entropy",)),
    Term("dropout", "Setting a random share of values to 0 while training, and scaling up the rest, so that no unit can rely on one other.", "19"),
    Term("early stopping", "Ending a training when the loss on data kept aside has stopped falling, and taking the weights of its best point.", "12"),
    Term("epoch", "One pass over all training data.", "18"),
    Term("forget gate", "f, between 0 and 1: the share of each unit's cell state that is kept at this step.", "02"),
    Term("gate", "A number between 0 and 1 for each unit, computed anew at every step, that says how much may pass.", "02"),
    Term("gated recurrent unit", "A recurrent cell with two gates and no cell state apart from its hidden state (Cho et al., 2014).", "16", ("GRU",)),
    Term("gradient", "How much the loss changes when one number is changed by a little, for every number of an array; it has the array's shape.", "09"),
    Term("gradient check", "A gradient computed by a backward pass, held against one measured by changing each number a little.", "09", ("gradient checking",)),
    Term("gradient clipping", "Making a gradient that is too long shorter, and leaving its direction as it is.", "12", ("global norm",)),
    Term("hidden state", "h, what a cell shows at a step: to the next layer, and to its own gates one step later.", "06"),
    Term("input gate", "i, between 0 and 1: how much of the candidate is written to the cell state at this step.", "03"),
    Term("layer normalisation", "Bringing the numbers of one example in a layer to mean 0 and variance 1, then to a scale and a shift that are learned.", "19", ("layer norm",)),
    Term("logits", "The numbers that go into a softmax: any size and sign. Their differences are logarithms of ratios of probabilities.", "07", ("logit",)),
    Term("loss", "One number that says how bad the predictions are. Training makes it smaller.", "07"),
    Term("LSTM", "Long short-term memory: a recurrent cell with a memory apart from what it shows, and gates that decide what is kept, written and shown (Hochreiter and Schmidhuber, 1997; forget gate: Gers, Schmidhuber and Cummins, 2000).", "00", ("long short-term memory",)),
    Term("mask", "An array of True and False, the shape of the time steps: which of them are real and which are padding.", "18"),
    Term("one-hot", "A vector with one 1 and zeros elsewhere: it stands for one of several symbols.", "08"),
    Term("output gate", "o, between 0 and 1: how much of each unit's memory is shown at this step.", "04"),
    Term("padding", "Filling up short sequences to one length, so that they fit in one array.", "18"),
    Term("peephole", "A weight by which a gate sees the cell state itself (Gers and Schmidhuber, 2000).", "16"),
    Term("perplexity", "e to the mean loss of a step: how many equally likely choices would be as hard to guess.", "13"),
    Term("pre-activation", "The sum that a gate or unit computes before its curve: x U + h W + b.", "02"),
    Term("recurrent network", "A network that reads a sequence step by step and hands its state on to itself, with the same weights at every step.", "01", ("RNN", "recurrent neural network")),
    Term("saturated", "So far out on σ or tanh that the slope is almost 0: the value hardly changes, and hardly anything is learned.", "02", ("saturation",)),
    Term("sigmoid", "σ(z) = 1 / (1 + e^(−z)): from any number to one between 0 and 1.", "00"),
    Term("softmax", "From numbers to a distribution: exponentials, divided by their sum.", "07"),
    Term("teacher forcing", "Giving the network, while it is trained, the true symbol before and not the one that it would have written.", "20"),
    Term("temperature", "What logits are divided by before a symbol is drawn: below 1 the likely becomes likelier, above 1 the draw becomes wilder.", "13"),
    Term("time step", "One position of a sequence, and the computation that belongs to it.", "01"),
    Term("truncated BPTT", "Backpropagation through windows of a long sequence. The states are carried from one window to the next, the gradients are not.", "12", ("truncated backpropagation",)),
    Term("vanishing gradient", "A gradient that shrinks by a factor at every step back through time, until the beginning of a sequence no longer counts.", "01"),
)  # fmt: skip
