"""What the peer is timed on: each case prepares its tensors and returns a function that does the work once."""

import torch
from torch.nn import functional

from block import TAU, Block, Loop, Model


def block(batch, length, width, state, neuron, **options):
    """One block; the training pass goes backward from a given gradient of its output, to input and parameters."""
    net = Block(width, state, neuron, options["bidirectional"], options["trainableB"])
    x = torch.randn(batch, length, width)
    if options["pass"] == "forward":
        return inference(net, x)
    gradient = torch.randn(batch, length, width)
    x.requires_grad_()

    def run():
        x.grad = None
        net.zero_grad(set_to_none=True)
        net(x).backward(gradient)

    return run


def model(batch, length, size, tokens, classes, layers, width, state, neuron, **options):
    """One training step: forward, cross-entropy, backward, AdamW with the paper's groups.

    The learning rate is 0, so that every run does the same work.
    """
    net = Model(
        layers,
        width,
        state,
        neuron,
        classes,
        size,
        tokens,
        bidirectional=options["bidirectional"],
        trainable_B=options["trainableB"],
        dropout=options["dropout"],
    )
    x = torch.randint(size, (batch, length)) if tokens else torch.rand(batch, length, size)
    target = torch.randint(classes, (batch,))
    if options["pass"] == "forward":
        return inference(net, x)
    optimizer = torch.optim.AdamW(net.groups(rate=0.0, decay=0.01))

    def run():
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(net(x), target).backward()
        optimizer.step()

    return run


def matmul(rows, inner, cols, **_):
    """Dense product; PyTorch has no faster one for spikes."""
    a, b = torch.randn(rows, inner), torch.randn(inner, cols)
    return lambda: torch.mm(a, b)


def lif(batch, length, width, neuron, **options):
    """The neuron alone, all steps from x [batch, H, L] (ours) or [L, batch, H] (theirs)."""
    library = options["library"]
    x = torch.randn(batch, width, length) if library == "torch" else torch.randn(length, batch, width)
    gradient = torch.randn_like(x)
    fire = {"torch": lambda: Loop(neuron != "sltt"), "spikingjelly": spikingjelly, "snntorch": snntorch}[library]()
    if options["pass"] == "forward":
        return inference(fire, x)
    x.requires_grad_()

    def run():
        x.grad = None
        fire(x).backward(gradient)

    return run


def spikingjelly():
    """v = (1 - 1 / tau) v + x with their tau, so the decay per step is ours."""
    from spikingjelly.activation_based import functional as reset, neuron

    cell = neuron.LIFNode(tau=1 / (1 - TAU), decay_input=False, v_reset=0.0, detach_reset=True, step_mode="m")

    def fire(x):
        reset.reset_net(cell)
        return cell(x)

    return fire


def snntorch():
    """Resets one step later than ours, which costs the same."""
    import snntorch

    cell = snntorch.Leaky(beta=TAU, reset_mechanism="zero")

    def fire(x):
        membrane = torch.zeros_like(x[0])
        spikes = []
        for current in x:
            spike, membrane = cell(current, membrane)
            spikes.append(spike)
        return torch.stack(spikes)

    return fire


def step(layers, width, state, **_):
    """One token through a model in recurrent form, as one would write it by hand."""
    net = Model(layers, width, state, "bptt", 10, 1).requires_grad_(False)
    systems = []
    for part in net.blocks:
        kernel = part.kernel
        dtA = kernel.log_dt.exp()[:, None] * torch.complex(-kernel.log_A_real.exp(), kernel.A_imag)
        B = 2 * torch.view_as_complex(kernel.C[0]) * (dtA.exp() - 1) / dtA * kernel.log_dt.exp()[:, None]
        weight, bias = part.output_linear[0].weight[..., 0], part.output_linear[0].bias
        systems.append((dtA.exp(), B, part.D[0], part.ln_vth[:, 0].exp(), weight, bias))
    token = torch.randn(1, 1)
    h = [torch.zeros(width, state // 2, dtype=torch.complex64) for _ in range(layers)]
    u = [torch.zeros(1, width) for _ in range(layers)]
    total = torch.zeros(1, width)

    def run():
        nonlocal total
        with torch.inference_mode():
            hidden = net.encoder(token)
            for i, (A, C, D, threshold, weight, bias) in enumerate(systems):
                h[i] = A * h[i] + hidden[0, :, None]
                y = ((C * h[i]).real.sum(-1) + D * hidden[0]) / threshold
                v = TAU * u[i] + y
                spikes = (v >= 1).to(v.dtype)
                u[i] = v * (1 - spikes)
                hidden = hidden + functional.glu(functional.linear(spikes, weight, bias), 1)
            total = total + hidden
            return net.decoder(total)

    return run


def inference(net, x):
    def run():
        with torch.inference_mode():
            net(x)

    return run


CASES = {"block": block, "model": model, "matmul": matmul, "lif": lif, "step": step}
