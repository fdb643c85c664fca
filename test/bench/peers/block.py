"""The paper's block and model in plain PyTorch, built as the official code is built.

The state-space kernel is a complex Vandermonde product of length L, the convolution an FFT of length 2 L, the SDN three
1-d convolutions, and the exact neuron a loop over time. Parameters have their official names, so that the golden files
load. Source: Shen et al. 2024, arXiv 2408.14909.
"""

import math

import torch
from torch import nn
from torch.nn import functional

TAU = 0.125
WINDOW = 8


class Spike(torch.autograd.Function):
    """1 where v >= 1; the derivative is taken to be max(0, 1 - |v - 1|)."""

    @staticmethod
    def forward(ctx, v):
        ctx.save_for_backward(v)
        return (v >= 1).to(v.dtype)

    @staticmethod
    def backward(ctx, gradient):
        (v,) = ctx.saved_tensors
        return gradient * (1 - (v - 1).abs()).clamp(min=0)


class Loop(nn.Module):
    """Exact LIF neurons, step by step; the reset is detached, for SLTT the past potential too."""

    def __init__(self, through_time):
        super().__init__()
        self.through_time = through_time

    def forward(self, x):  # [batch, H, L]
        u = torch.zeros_like(x[..., 0])
        spikes = []
        for current in x.unbind(-1):
            v = TAU * (u if self.through_time else u.detach()) + current
            s = Spike.apply(v)
            u = v * (1 - s.detach())
            spikes.append(s)
        return torch.stack(spikes, -1)


class Predictor(nn.Module):
    """The fused surrogate dynamic network: the decayed potential from the eight inputs before each step."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(1, 8, WINDOW)
        self.conv2 = nn.Conv1d(8, 8, 1)
        self.conv3 = nn.Conv1d(8, 1, 1)

    def forward(self, x):  # [rows, 1, L]
        hidden = functional.relu(self.conv1(functional.pad(x, (WINDOW, 0))[..., :-1]))
        return self.conv3(functional.relu(self.conv2(hidden) + hidden))


class Sdn(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = Predictor().requires_grad_(False)

    def forward(self, x):  # [batch, H, L]
        batch, H, L = x.shape
        with torch.no_grad():
            past = self.model(x.reshape(batch * H, 1, L)).reshape(batch, H, L)
        return Spike.apply(past + x)


NEURONS = {"sdn": Sdn, "bptt": lambda: Loop(True), "sltt": lambda: Loop(False)}


class Kernel(nn.Module):
    """K[h, l] = 2 Re sum_n C_n (exp(dt A_n) - 1) / A_n exp(dt A_n l), zero-order hold."""

    def __init__(self, H, N, channels, trainable_B):
        super().__init__()
        M = N // 2
        log_dt = math.log(0.001) + torch.rand(H) * (math.log(0.1) - math.log(0.001))
        real = torch.full((H, M), math.log(0.5))
        imaginary = math.pi * torch.arange(M).repeat(H, 1)
        self.C = nn.Parameter(torch.randn(channels, H, M, 2) * math.sqrt(0.5))
        self.B = None
        if trainable_B:
            self.inv_dt = nn.Parameter(log_dt[:, None])
            self.A_real = nn.Parameter(real)
            self.A_imag = nn.Parameter(-imaginary)
            self.B = nn.Parameter(torch.tensor([1.0, 0.0]).repeat(1, H, M, 1))
        else:
            self.log_dt = nn.Parameter(log_dt)
            self.log_A_real = nn.Parameter(real)
            self.A_imag = nn.Parameter(imaginary)

    def forward(self, L):
        C = torch.view_as_complex(self.C)
        if self.B is None:
            dt = self.log_dt.exp()[:, None]
            A = torch.complex(-self.log_A_real.exp(), self.A_imag)
        else:
            dt = self.inv_dt.exp()
            A = torch.complex(-self.A_real.exp(), -self.A_imag)
            C = C * torch.view_as_complex(self.B)
        dtA = dt * A
        C = C * (dtA.exp() - 1) / A
        powers = (dtA[..., None] * torch.arange(L, device=dt.device)).exp()
        return 2 * torch.einsum("chn,hnl->chl", C, powers).real


class TiedDropout(nn.Module):
    """One mask for all steps of a sequence. [batch, H, L]"""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        keep = torch.rand(*x.shape[:2], 1, device=x.device) < 1 - self.p
        return x * keep / (1 - self.p)


class Block(nn.Module):
    """S4D, threshold, neuron, dropout, linear H -> 2 H with a gate, dropout. [batch, L, H] to the same."""

    def __init__(self, H, N, neuron, bidirectional=False, trainable_B=False, shared_vth=False, dropout=0.0):
        super().__init__()
        self.kernel = Kernel(H, N, 2 if bidirectional else 1, trainable_B)
        self.D = nn.Parameter(torch.randn(1, H))
        self.ln_vth = nn.Parameter(torch.zeros(1) if shared_vth else torch.zeros(H, 1))
        self.neuron = NEURONS[neuron]()
        self.dropout = TiedDropout(dropout)
        self.output_linear = nn.Sequential(nn.Conv1d(H, 2 * H, 1), nn.GLU(dim=1))
        self.spikes = None

    def forward(self, x):
        u = x.transpose(-1, -2)
        L = u.shape[-1]
        k = self.kernel(L)
        if len(k) == 2:
            k = functional.pad(k[0], (0, L)) + functional.pad(k[1].flip(-1), (L, 0))
        else:
            k = k[0]
        y = torch.fft.irfft(torch.fft.rfft(u, n=2 * L) * torch.fft.rfft(k, n=2 * L), n=2 * L)[..., :L]
        y = y + u * self.D.transpose(0, 1)
        spikes = self.neuron(y / self.ln_vth.exp())
        self.spikes = spikes
        return self.dropout(self.output_linear(self.dropout(spikes))).transpose(-1, -2)


class Model(nn.Module):
    """Encoder, blocks with residual connections and no norm, mean over time, head."""

    def __init__(self, layers, H, N, neuron, classes, size, tokens=False, **block):
        super().__init__()
        self.encoder = nn.Embedding(size, H) if tokens else nn.Linear(size, H)
        self.blocks = nn.ModuleList(Block(H, N, neuron, **block) for _ in range(layers))
        self.decoder = nn.Linear(H, classes)

    def forward(self, x):
        hidden = self.encoder(x)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        return self.decoder(hidden.mean(1))

    def groups(self, rate, decay):
        """The paper's parameter groups for AdamW."""
        rest, biases, state = [], [], []
        for name, parameter in self.named_parameters():
            if not parameter.requires_grad:
                continue
            if ".kernel." in name and not name.endswith(".C"):
                state.append(parameter)
            else:
                (biases if name.endswith("bias") else rest).append(parameter)
        return [
            {"params": rest, "lr": rate, "weight_decay": decay},
            {"params": biases, "lr": rate, "weight_decay": 0.0},
            {"params": state, "lr": min(rate, 0.001), "weight_decay": 0.0},
        ]
