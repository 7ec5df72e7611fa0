import sklearn
from sklearn.neural_network import MLPClassifier

from protocol import blas, samples, serve, threads, timed


def epoch(request):
    x, y = samples(request)
    x = x.astype("float32")
    model = MLPClassifier(hidden_layer_sizes=request["layers"][1:-1], batch_size=request["batch"], alpha=0)
    classes = range(request["layers"][-1])
    # One pass over the data in shuffled batches.
    return lambda: timed(lambda: model.partial_fit(x, y, classes))


serve(f"scikit-learn {sklearn.__version__}, {blas()}, {threads} thread(s)", {"epoch": epoch})
