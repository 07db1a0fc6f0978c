"""A small network of PyTorch. What it does to its inputs is part of it: scaling, missing values, one-hot texts."""

import numpy as np
import torch
from rows import categories, hand_back, matrix, matrix_inputs, numbers, parameters, progress, seed, target, texts, threads, train, validation

torch.manual_seed(seed)
torch.set_num_threads(threads)
epochs = parameters.get("epochs", 5)
learn, judge = torch.from_numpy(matrix(train)), torch.from_numpy(matrix(validation))
wanted = torch.from_numpy(train[target].to_numpy(np.float32))
sizes = [len(categories[name]) + 1 for name in texts]


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        known = learn[:, : len(numbers)]
        self.register_buffer("mean", torch.nanmean(known, dim=0))
        self.register_buffer("scale", torch.nanmean((known - self.mean) ** 2, dim=0).sqrt().clamp(min=1e-6))
        self.embeddings = torch.nn.ModuleList(torch.nn.Embedding(size, 4) for size in sizes)
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(len(numbers) + 4 * len(sizes), 32), torch.nn.ReLU(), torch.nn.Linear(32, 1)
        )

    def logits(self, x):
        scaled = torch.nan_to_num((x[:, : len(numbers)] - self.mean) / self.scale)
        # A text that was never seen is NaN: it has the last place.
        codes = [torch.where(torch.isnan(x[:, [at]]), float(size - 1), x[:, [at]]) for at, size in enumerate(sizes, len(numbers))]
        parts = [embed(code.long().squeeze(1)) for embed, code in zip(self.embeddings, codes)]
        return self.layers(torch.cat([scaled, *parts], dim=1))

    def forward(self, x):
        return torch.sigmoid(self.logits(x))


network = Network()
optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
for epoch in range(epochs):
    for rows in torch.randperm(len(learn)).split(512):
        optimiser.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network.logits(learn[rows])[:, 0], wanted[rows])
        loss.backward()
        optimiser.step()
    progress(0.9 * (epoch + 1) / epochs, f"epoch {epoch + 1}, loss {loss.item():.4f}")

network.eval()
exported = torch.onnx.export(
    network, (judge[:2],), input_names=["X"], output_names=["probabilities"], dynamic_shapes=({0: torch.export.Dim("N")},)
)
hand_back(exported.model_proto, matrix_inputs("X"))
