"""Plans made by hand: small networks of every build, and ResNet50's."""

from math import prod

from nnbuild.records import Cost, Plan, Step, Weight, frozen_mapping


class Network:
    """A plan in the making; `add` gives the name of the new step, to feed others with."""

    def __init__(self, **inputs):
        self.shapes = {name: (None, *shape) for name, shape in inputs.items()}
        self.inputs = frozen_mapping(self.shapes)
        self.steps = []

    def add(self, name, type, inputs, shape=None, weights=(), macs=0, note=""):
        inputs = (inputs,) if isinstance(inputs, str) else tuple(inputs)
        taken = tuple(self.shapes[each] for each in inputs)
        given = taken[0] if shape is None else (None, *shape)
        size = 4 * prod(axis or 1 for axis in given)
        self.steps.append(Step(name, type, inputs, taken, given, tuple(weights), macs, size, note))
        self.shapes[name] = given
        return name

    def dense(self, name, source, units, note=""):
        width = self.shapes[source][-1]
        weights = [Weight("kernel", (width, units), True), Weight("bias", (units,), True)]
        return self.add(name, "Dense", source, (*self.shapes[source][1:-1], units), weights, width * units, note)

    def conv(self, name, source, filters, size=1, strides=1):
        _, height, width, channels = self.shapes[source]
        shape = (-(-height // strides), -(-width // strides), filters)
        kernel = Weight("kernel", (size, size, channels, filters), True)
        return self.add(name, "Conv2D", source, shape, [kernel], prod(kernel.shape) * shape[0] * shape[1])

    def norm(self, name, source):
        width = (self.shapes[source][-1],)
        names = {"gamma": True, "beta": True, "moving_mean": False, "moving_variance": False}
        return self.add(name, "BatchNormalization", source, None, [Weight(n, width, t) for n, t in names.items()])

    def plan(self, name, *outputs, task="multiclass", loss="sparse_categorical_crossentropy", batch_size=32):
        steps = tuple(self.steps)
        trainable, every = sum(s.n_trainable for s in steps) * 4, sum(s.n_parameters for s in steps) * 4
        activations = batch_size * sum(s.output_bytes for s in steps)
        cost = Cost(batch_size, every, trainable, 2 * trainable, activations)
        ends = frozen_mapping({name: name for name in outputs})
        return Plan(name, self.inputs, steps, ends, task, loss, "Adam", cost)


def stack():
    net = Network(input=(64,))
    name = net.dense("dense_1", "input", 128)
    name = net.add("dropout_1", "Dropout", name)
    name = net.dense("dense_2", name, 64)
    name = net.add("dropout_2", "Dropout", name)
    return net.plan("digits_mlp", net.dense("output", name, 10, note="10 classes: 10 units, softmax"))


def residual():
    """Three residual blocks: identity, projection, identity with an activation."""
    net = Network(input=(28, 28, 1))
    name = net.conv("stem", "input", 16, 3)
    for block, strides in ((1, 1), (2, 2), (3, 1)):
        scope, filters, source = f"residual_{block}", 16 if block == 1 else 32, name
        name = net.conv(f"{scope}.conv2d_1", source, filters, 3, strides)
        name = net.norm(f"{scope}.batch_normalization_1", name)
        name = net.add(f"{scope}.re_lu_1", "ReLU", name)
        name = net.conv(f"{scope}.conv2d_2", name, filters, 3)
        if strides > 1:
            source = net.conv(f"{scope}.shortcut.conv2d_1", source, filters, 1, strides)
        name = net.add(f"{scope}.add", "Add", [name, source])
    name = net.add("global_average_pooling2d_1", "GlobalAveragePooling2D", name, (32,))
    return net.plan("digits_resnet", net.dense("output", name, 10))


def parallel(branches=("wide", "deep", "deeper")):
    """Branches of 0, 1, 2 ... layers, joined."""
    net = Network(input=(32,))
    ends = []
    for length, branch in enumerate(branches):
        name = "input"
        for layer in range(length):
            name = net.dense(f"parallel_1.{branch}.dense_{layer + 1}", name, 16)
        ends.append(name)
    width = sum(net.shapes[end][-1] for end in ends)
    name = net.add("parallel_1.merge", "Concatenate", ends, (width,))
    return net.plan("wide_and_deep", net.dense("output", name, 1), task="binary", loss="binary_crossentropy")


def inception(branches=4):
    """Several branches of one length between two layers, twice."""
    net = Network(input=(32, 32, 3))
    name = net.conv("stem", "input", 32, 3, 2)
    for block in (1, 2):
        scope, ends = f"parallel_{block}", []
        for branch in "abcdef"[:branches]:
            end = net.conv(f"{scope}.{branch}.conv2d_1", name, 8)
            ends.append(net.conv(f"{scope}.{branch}.conv2d_2", end, 16, 3))
        name = net.add(f"{scope}.merge", "Concatenate", ends, (16, 16, 16 * branches))
    name = net.add("flatten_1", "Flatten", name, (16 * 16 * 16 * branches,))
    return net.plan("inception", net.dense("output", name, 10))


def resnet50(repeats=(3, 4, 6, 3)):
    """Deep residual networks (arXiv:1512.03385), table 1, column "50-layer"."""
    net = Network(image=(224, 224, 3))
    name = net.conv("stem", "image", 64, 7, 2)
    name = net.norm("batch_normalization_1", name)
    name = net.add("re_lu_1", "ReLU", name)
    name = net.add("max_pooling2d_1", "MaxPooling2D", name, (56, 56, 64))
    for stage, times in enumerate(repeats):
        for iteration in range(times):
            strides = 2 if stage and not iteration else 1
            name = _bottleneck(
                net, f"repeat_{stage + 1}.{iteration + 1}.residual_1", name, 64 * 2**stage, strides, not iteration
            )
    name = net.add("global_average_pooling2d_1", "GlobalAveragePooling2D", name, (2048,))
    return net.plan("resnet50", net.dense("output", name, 1000))


def _bottleneck(net, scope, source, filters, strides, projects):
    name = source
    for layer, (width, size) in enumerate(((filters, 1), (filters, 3), (4 * filters, 1)), start=1):
        name = net.conv(f"{scope}.conv2d_{layer}", name, width, size, strides if layer == 2 else 1)
        name = net.norm(f"{scope}.batch_normalization_{layer}", name)
        if layer < 3:
            name = net.add(f"{scope}.re_lu_{layer}", "ReLU", name)
    if projects:
        source = net.conv(f"{scope}.shortcut.conv2d_1", source, 4 * filters, 1, strides)
        source = net.norm(f"{scope}.shortcut.batch_normalization_1", source)
    name = net.add(f"{scope}.add", "Add", [name, source])
    return net.add(f"{scope}.activation", "Activation", name)


def two_ends():
    """Two inputs and two outputs, one of them early; one input is used late as well."""
    net = Network(image=(32, 32, 3), facts=(12,))
    name = net.conv("conv2d_1", "image", 16, 3, 2)
    name = net.add("flatten_1", "Flatten", name, (4096,))
    seen = net.dense("seen", name, 32)
    known = net.dense("known", "facts", 32)
    kind = net.dense("kind", seen, 5)
    both = net.add("add_1", "Add", [seen, known])
    all_of_it = net.add("concatenate_1", "Concatenate", [both, "facts"], (44,))
    return net.plan("house_prices", kind, net.dense("price", all_of_it, 1), task=None, loss="")


def iterations(units, per_iteration=1):
    """A Repeat of Dense layers, each followed by as many dropouts as make up an iteration."""
    net = Network(input=(32,))
    name = "input"
    for iteration, width in enumerate(units, start=1):
        name = net.dense(f"repeat_1.{iteration}.dense_1", name, width)
        for layer in range(1, per_iteration):
            name = net.add(f"repeat_1.{iteration}.dropout_{layer}", "Dropout", name)
    return net.plan("iterations", net.dense("output", name, 10))


def transformer(times=6):
    """Encoder blocks: attention and a feed-forward part, each residual, folded into one iteration."""
    net = Network(words=(128,))
    name = net.add("embedding_1", "Embedding", "words", (128, 64), [Weight("embeddings", (20000, 64), True)])
    for iteration in range(1, times + 1):
        scope, source = f"repeat_1.{iteration}.residual_1", name
        name = net.add(
            f"{scope}.layer_normalization_1", "LayerNormalization", name, None, [Weight("gamma", (64,), True)]
        )
        square = [Weight(part, (64, 4, 16), True) for part in ("query", "key", "value", "output")]
        name = net.add(f"{scope}.attention", "MultiHeadAttention", [name, name], None, square, None)
        name = net.add(f"{scope}.add", "Add", [name, source])
        scope, source = f"repeat_1.{iteration}.residual_2", name
        name = net.add(
            f"{scope}.layer_normalization_1", "LayerNormalization", name, None, [Weight("gamma", (64,), True)]
        )
        name = net.dense(f"{scope}.dense_1", name, 256)
        name = net.dense(f"{scope}.dense_2", name, 64)
        name = net.add(f"{scope}.add", "Add", [name, source])
    name = net.add("global_average_pooling1d_1", "GlobalAveragePooling1D", name, (64,))
    return net.plan("text_encoder", net.dense("output", name, 1), task="binary", loss="binary_crossentropy")


def blocks():
    """Calls of a block: one named, one of a single layer."""
    net = Network(input=(20,))
    name = net.norm("a.batch_normalization_1", net.dense("a.dense_1", "input", 16))
    return net.plan("blocks", net.dense("output", net.dense("fc_1.dense_1", name, 8), 10))


def hostile(name="<script>alert('1')</script>&\"\x00\x1b", length=1):
    net = Network(**{name: (8,)})
    end = net.dense(f"{name}.a" * length, name, 8, note=name)
    return net.plan(name, net.add(f"{name}.b" * length, name * length, end, None, (), None))


ALL = {
    "stack": stack,
    "residual": residual,
    "parallel": parallel,
    "inception": inception,
    "resnet50": resnet50,
    "two_ends": two_ends,
    "equal_iterations": lambda: iterations([32, 32, 32], 2),
    "unequal_iterations": lambda: iterations([64, 32], 2),
    "mixed_iterations": lambda: iterations([64, 64, 64, 16, 16, 16], 2),
    "transformer": transformer,
    "blocks": blocks,
    "hostile": hostile,
}
