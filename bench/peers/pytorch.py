import torch
from torch.nn import functional as F

from protocol import blas, floats, labels, samples, serve, threads, timed, typical

torch.set_num_threads(threads)

LOSSES = {
    "MeanSquaredError": F.mse_loss,
    "MeanAbsoluteError": F.l1_loss,
    "Huber": F.huber_loss,
    "BinaryCrossentropy": F.binary_cross_entropy_with_logits,
    "SparseCategoricalCrossentropy": F.cross_entropy,
}


def network(layers):
    modules = []
    for columns, units in zip(layers, layers[1:]):
        modules += [torch.nn.Linear(columns, units), torch.nn.ReLU()]
    return torch.nn.Sequential(*modules[:-1])  # cross entropy takes logits


def compiled(work, request):
    return torch.compile(work) if request.get("compiled") else work


def epoch(request):
    x, y = (torch.from_numpy(array) for array in samples(request))
    x = x.float()
    model = network(request["layers"])
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    loss_of = compiled(lambda x, y: F.cross_entropy(model(x), y), request)

    def train():
        for rows in torch.randperm(len(x)).split(request["batch"]):
            optimizer.zero_grad(set_to_none=True)
            loss_of(x[rows], y[rows]).backward()
            optimizer.step()

    return lambda: timed(train)


def loss(request):
    rows, columns = request["rows"], request["columns"]
    targets = {
        "floats": lambda: floats(columns, rows).T.reshape(rows, columns),
        "bits": lambda: labels(rows * columns, 2).reshape(rows, columns).astype("float32"),
        "labels": lambda: labels(rows, columns),
    }
    y_true = torch.from_numpy(targets[request["target"]]())
    y_pred = torch.from_numpy(floats(rows, columns)).requires_grad_()

    loss_of = compiled(lambda y_pred, y_true: LOSSES[request["name"]](y_pred, y_true), request)

    def forward_backward():
        y_pred.grad = None
        loss_of(y_pred, y_true).backward()

    return lambda: typical(request["calls"], forward_backward)


serve(
    f"PyTorch {torch.__version__}, {blas()}, {torch.get_num_threads()} thread(s)",
    {"epoch": epoch, "loss": loss},
)
