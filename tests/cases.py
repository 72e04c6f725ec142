"""One row per bad recipe with all its messages, and good recipes that other tests start from."""

DENSE = {"type": "Dense", "units": 4}


def net(*layers, **keys):
    """A recipe of some nodes, with other keys beside them."""
    return {**keys, "layers": list(layers)}


def dense(units=4, **keys):
    return {"type": "Dense", "units": units, **keys}


def repeat(*layers, **keys):
    return {"type": "Repeat", **keys, "layers": list(layers)}


def residual(*layers, **keys):
    return {"type": "Residual", "layers": list(layers), **keys}


def parallel(merge="Add", **branches):
    return {"type": "Parallel", "branches": branches, "merge": merge}


def nested(n, node):
    """`node` inside `n` Repeats of two turns."""
    return node if n == 0 else repeat(nested(n - 1, node), times=2)


# Recipes with nothing wrong, which together use every part of the language.
GOOD = {
    "smallest": net(dense()),
    "people": {
        "nnbuild": 1,
        "$schema": "recipe.schema.json",
        "name": "small",
        "description": "for people",
        "about": {"kind": "mlp", "uses": ["Dense"], "paper": "none", "data": "digits", "target": "digit"},
        "layers": [DENSE],
    },
    "params": net(
        repeat(dense("$u", activation="$act"), {"type": "Dropout", "rate": "$drop / 2"}, over={"u": "$hidden"}),
        {"type": "StringLookup", "vocabulary": ["$$x", "y"]},
        params={"hidden": [8, 4], "act": "relu", "drop": 0.5},
        search={"hidden": [[8], [4]], "drop": {"uniform": [0, 0.9]}},
    ),
    "structure": net(
        residual(dense(8), {"type": "BatchNormalization"}, activation="relu", name="body"),
        parallel({"type": "Concatenate", "axis": -1}, wide=[], deep=[dense(), dense()]),
        {"type": "fc", "n": 16, "name": "head"},
        {"type": "fc"},
        residual(DENSE, shortcut=[dense(use_bias=False)]),
        repeat(repeat(DENSE, times=2), times=3),
        defaults={"kernel_initializer": "auto", "use_bias": True},
        blocks={"fc": {"params": {"n": 8}, "layers": [dense("$n", activation={"type": "LeakyReLU"})]}},
    ),
    "graph": net(
        dense(name="a", inputs=["left"]),
        dense(name="b", inputs=["right"]),
        {"type": "Add", "inputs": ["a", "b"], "name": "sum"},
        dense(1, name="size"),
        inputs={"left": {"shape": [3]}, "right": {"shape": [None, 3], "dtype": "float32", "kind": "tensor"}},
        outputs={
            "y": {"node": "size", "loss": "mse", "weight": 2, "metrics": ["mae"], "target": "length"},
            "z": {"node": "sum", "loss": {"type": "Huber", "delta": 0.5}},
        },
    ),
    "recurrent": net(
        {"type": "Embedding", "input_dim": 10, "output_dim": 4},
        {"type": "RNN", "cell": [{"type": "LSTMCell", "units": "$n"}, {"type": "GRUCell", "units": 3}]},
        {"type": "TimeDistributed", "layer": dense(kernel_regularizer={"type": "L2", "l2": 0.1})},
        params={"n": 4},
    ),
    "training": net(
        DENSE,
        params={"rate": 0.01, "stop": {"patience": 3}},
        training={
            "optimizer": {"type": "SGD", "momentum": 0.9},
            "learning_rate": {"type": "CosineDecay", "initial_learning_rate": "$rate", "decay_steps": 100},
            "loss": "mse",
            "metrics": ["mae", {"type": "MeanSquaredError"}],
            "epochs": 3.0,
            "batch_size": 16,
            "shuffle": False,
            "validation_fraction": 0.25,
            "validation": "last",
            "early_stopping": "$stop",
            "class_weight": {"0": 1, "1": 2.5},
            "label_smoothing": 0.1,
            "precision": "mixed_bfloat16",
            "gradient_accumulation": 2,
        },
        search={
            "rate": {"log_uniform": [0.0001, 0.1]},
            "training__epochs": {"int": [1, 9]},
            "training__shuffle": [True],
        },
    ),
}


# Each with its recipe and the lines of what is said of it.
BAD = {
    # the document
    "nothing": ({}, "needs 'layers'"),
    "layers_misspelt": (
        {"layer": [DENSE]},
        "layer: unknown key",
        "  allowed: ..., about, blocks, ..., description, ..., layers, name, nnbuild, ..., params, search, ...",
        "  hint: did you mean 'layers'?",
    ),
    "layers_missing": ({"params": {"n": 4}}, "needs 'layers'"),
    "no_layers": ({"layers": []}, "layers: needs at least one node"),
    "layers_an_object": ({"layers": DENSE}, "layers: must be a list of nodes, got {'type': 'Dense', 'units': 4}"),
    "layers_null": ({"layers": None}, "layers: must be a list of nodes, got null"),
    "version_2": (net(DENSE, nnbuild=2), "nnbuild: this nnbuild reads version 1, got 2"),
    "version_true": (net(DENSE, nnbuild=True), "nnbuild: this nnbuild reads version 1, got true"),
    "version_text": (net(DENSE, nnbuild="1"), "nnbuild: this nnbuild reads version 1, got '1'"),
    "version_misspelt": (
        net(DENSE, nbuild=1, nnbuild=1),
        "nbuild: unknown key",
        "  allowed: ..., about, blocks, ..., inputs, layers, name, nnbuild, outputs, ..., training",
        "  hint: did you mean 'nnbuild'?",
    ),
    "unknown_key": (
        net(DENSE, trainig={}),
        "trainig: unknown key",
        "  allowed: ..., about, ..., description, inputs, ..., name, nnbuild, ..., params, search, training",
        "  hint: did you mean 'training'?",
    ),
    "schema_number": (net(DENSE, **{"$schema": 1}), "$schema: must be a string, got 1"),
    "name_number": (net(DENSE, name=1), "name: must be a string, got 1"),
    "description_null": (net(DENSE, description=None), "description: must be a string, got null"),
    "about_unknown_key": (
        net(DENSE, about={"papre": "x"}),
        "about.papre: unknown key",
        "  allowed: data, kind, paper, target, uses",
        "  hint: did you mean 'paper'?",
    ),
    "about_text": (net(DENSE, about="me"), "about: must be an object, got 'me'"),
    "about_uses_text": (
        net(DENSE, about={"uses": "Dense"}),
        "about.uses: must be a list, each a string, got 'Dense'",
        "  hint: a list of one is written ['Dense']",
    ),
    "about_uses_number": (
        net(DENSE, about={"uses": ["Dense", 1]}),
        "about.uses: must be a list, each a string, got ['Dense', 1]",
    ),
    # nodes
    "node_text": (net("Dense"), "layers[0]: a node is an object with 'type', got 'Dense'"),
    "node_null": (net(None), "layers[0]: a node is an object with 'type', got null"),
    "node_list": (net([DENSE]), "layers[0]: a node is an object with 'type', got [{'type': 'Dense', 'units': 4}]"),
    "type_missing": (net({"units": 4}), "layers[0]: a node needs 'type'"),
    "type_misspelt": (
        net({"tpye": "Dense", "units": 4}),
        "layers[0]: a node needs 'type'",
        "  hint: did you mean 'type' by 'tpye'?",
    ),
    "type_number": (net({"type": 3}), "layers[0].type: must be a string, got 3"),
    "type_expression": (
        net({"type": "$kind", "units": 4}, params={"kind": "Dense"}),
        "layers[0].type: a type is written out, got the expression '$kind'",
    ),
    "type_unknown": (
        net({"type": "Dens", "units": 4}),
        "layers[0].type: unknown layer type 'Dens'",
        "  allowed: ..., Dense, ..., EinsumDense, ..., Flatten, ..., Identity, ..., Pipeline, ..., Reshape, "
        "Residual, Resizing, ...",
        "  hint: did you mean 'Dense'?",
    ),
    "type_lower_case": (
        net({"type": "dense", "units": 4}),
        "layers[0].type: unknown layer type 'dense'",
        "  allowed: ..., CenterCrop, ..., Concatenate, ..., Dense, ..., EinsumDense, ..., Identity, ..., Pipeline, "
        "..., RandAugment, ..., Reshape, ...",
        "  hint: did you mean 'Dense'?",
    ),
    "type_far_from_all": (
        net({"type": "Xyzzy"}),
        "layers[0].type: unknown layer type 'Xyzzy'",
        "  allowed: ..., ActivityRegularization, ..., Equalization, ..., Identity, ..., LayerNormalization, "
        "LeakyReLU, ..., Multiply, ..., Resizing, ..., Solarization, ...",
    ),
    "lambda_refused": (
        net({"type": "Lambda", "function": "print"}),
        "layers[0].type: Lambda can run code from the recipe and is refused",
        "  hint: register a layer class in Python and name that",
    ),
    "program_refused": (
        net({"type": "TFSMLayer"}),
        "layers[0].type: TFSMLayer runs a program from a file and is refused",
        "  hint: register a layer class in Python and name that",
    ),
    "torch_refused": (
        net({"type": "TorchModuleWrapper"}),
        "layers[0].type: TorchModuleWrapper wraps code that a recipe can't hold and is refused",
        "  hint: register a layer class in Python and name that",
    ),
    "flax_refused": (
        net({"type": "FlaxLayer"}),
        "layers[0].type: FlaxLayer wraps code that a recipe can't hold and is refused",
        "  hint: register a layer class in Python and name that",
    ),
    "jax_refused": (
        net({"type": "JaxLayer"}),
        "layers[0].type: JaxLayer wraps code that a recipe can't hold and is refused",
        "  hint: register a layer class in Python and name that",
    ),
    "input_refused": (
        net({"type": "Input", "shape": [3]}),
        "layers[0].type: Input is not a node",
        "  hint: describe inputs under 'inputs', or leave them to the data",
    ),
    "input_layer_refused": (
        net({"type": "InputLayer"}),
        "layers[0].type: InputLayer is not a node",
        "  hint: describe inputs under 'inputs', or leave them to the data",
    ),
    "path_into_keras": (
        net({"type": "keras.layers.Dense", "units": 4}),
        "layers[0].type: 'keras.layers.Dense' is a path into Python and is refused",
        "  hint: did you mean 'Dense'?",
    ),
    "path_into_python": (
        net({"type": "os.system"}),
        "layers[0].type: 'os.system' is a path into Python and is refused",
        "  hint: register a layer class in Python and name that",
    ),
    "not_registered": (
        net({"type": "mine>Gate"}),
        "layers[0].type: no layer class is registered as 'mine>Gate'",
        "  hint: import the Python module that registers it before the recipe is read",
    ),
    "cell_as_node": (
        net({"type": "LSTMCell", "units": 4}),
        "layers[0].type: LSTMCell is a recurrent cell, not a layer",
        "  hint: give it to RNN as its 'cell'",
    ),
    "optimizer_as_node": (
        net({"type": "Adam"}),
        "layers[0].type: unknown layer type 'Adam'",
        "  allowed: ..., Add, ..., Average, ..., Maximum, ..., RandomCrop, ..., RandomFlip, ..., RandomHue, "
        "..., RandomZoom, ..., Residual, ...",
    ),
    # arguments
    "needs_units": (net({"type": "Dense"}), "layers[0]: Dense needs 'units'"),
    "needs_two": (net({"type": "Conv2D"}), "layers[0]: Conv2D needs 'filters' and 'kernel_size'"),
    "needs_one_of_two": (
        net({"type": "Conv2D", "filtrs": 3}),
        "layers[0]: Conv2D needs 'kernel_size'",
        "layers[0].filtrs: unknown argument 'filtrs' of Conv2D",
        "  allowed: ..., bias_constraint, ..., dilation_rate, ..., filters, groups, kernel_constraint, ..., "
        "kernel_size, ..., strides, trainable, ...",
        "  hint: did you mean 'filters'?",
    ),
    "argument_misspelt": (
        net({"type": "Dense", "unit": 4}),
        "layers[0].unit: unknown argument 'unit' of Dense",
        "  allowed: ..., bias_constraint, bias_initializer, ..., dtype, kernel_constraint, "
        "kernel_initializer, kernel_regularizer, ..., units, use_bias",
        "  hint: did you mean 'units'?",
    ),
    "argument_unknown": (
        net(dense(colour="red")),
        "layers[0].colour: unknown argument 'colour' of Dense",
        "  allowed: activation, activity_regularizer, bias_constraint, bias_initializer, ..., "
        "kernel_constraint, ..., lora_alpha, lora_rank, ..., units, ...",
    ),
    "two_arguments_unknown": (
        net(dense(3, colour="red", biass=True)),
        "layers[0].colour: unknown argument 'colour' of Dense",
        "  allowed: activation, activity_regularizer, bias_constraint, bias_initializer, ..., "
        "kernel_constraint, ..., lora_alpha, lora_rank, ..., units, ...",
        "layers[0].biass: unknown argument 'biass' of Dense",
        "  allowed: ..., bias_constraint, bias_initializer, bias_regularizer, ..., kernel_initializer, ..., "
        "lora_rank, trainable, units, use_bias",
        "  hint: did you mean 'use_bias'?",
    ),
    "units_text": (net(dense("4")), "layers[0].units: must be an integer of at least 1, got '4'"),
    "units_fraction": (net(dense(4.5)), "layers[0].units: must be an integer of at least 1, got 4.5"),
    "units_true": (net(dense(True)), "layers[0].units: must be an integer of at least 1, got true"),
    "units_negative": (net(dense(-1)), "layers[0].units: must be an integer of at least 1, got -1"),
    "units_zero": (net(dense(0)), "layers[0].units: must be an integer of at least 1, got 0"),
    "units_null": (net(dense(None)), "layers[0].units: must be an integer of at least 1, got null"),
    "units_list": (net(dense([4])), "layers[0].units: must be an integer of at least 1, got [4]"),
    "use_bias_text": (net(dense(use_bias="yes")), "layers[0].use_bias: must be true or false, got 'yes'"),
    "dtype_unknown": (
        net(dense(dtype="float31")),
        "layers[0].dtype: must be 'bfloat16', 'float16', 'float32', 'float64', 'mixed_bfloat16' or 'mixed_float16' or "
        "null, got 'float31'",
        "  hint: did you mean 'float32'?",
    ),
    "rate_above_1": (net({"type": "Dropout", "rate": 1.5}), "layers[0].rate: must be a number from 0 to 1, got 1.5"),
    "padding_misspelt": (
        net({"type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "sam"}),
        "layers[0].padding: must be 'same' or 'valid', got 'sam'",
        "  hint: did you mean 'same'?",
    ),
    "kernel_size_too_long": (
        net({"type": "Conv2D", "filters": 4, "kernel_size": [3, 3, 3]}),
        "layers[0].kernel_size: must be an integer of at least 1 or a list of 2, each an integer of "
        "at least 1, got [3, 3, 3]",
    ),
    "kernel_size_zero": (
        net({"type": "Conv2D", "filters": 4, "kernel_size": [3, 0]}),
        "layers[0].kernel_size: must be an integer of at least 1 or a list of 2, each an integer of "
        "at least 1, got [3, 0]",
    ),
    "activation_unknown": (
        net(dense(activation="rellu")),
        "layers[0].activation: unknown activation 'rellu'",
        "  allowed: celu, elu, ..., gelu, ..., leaky_relu, ..., relu, relu6, selu, ..., squareplus, ...",
        "  hint: did you mean 'relu'?",
    ),
    "activation_number": (
        net(dense(activation=3)),
        "layers[0].activation: must be an activation (its name, or an object with 'type') or null, got 3",
    ),
    "activation_with_unknown_argument": (
        net(dense(activation={"type": "LeakyReLU", "negative_slop": 0.1})),
        "layers[0].activation.negative_slop: unknown argument 'negative_slop' of LeakyReLU",
        "  allowed: dtype, negative_slope, trainable",
        "  hint: did you mean 'negative_slope'?",
    ),
    "activation_without_type": (
        net(dense(activation={"negative_slope": 0.1})),
        "layers[0].activation: this activation needs 'type'",
    ),
    "activation_a_layer": (
        net(dense(activation={"type": "Dense", "units": 4})),
        "layers[0].activation.type: unknown activation 'Dense'",
        "  allowed: ..., leaky_relu, LeakyReLU, linear, ..., selu, ..., sparse_plus, ..., sparsemax, squareplus, ..., "
        "tanh_shrink",
    ),
    "activation_missing": (net({"type": "Activation"}), "layers[0]: Activation needs 'activation'"),
    "initializer_unknown": (
        net(dense(kernel_initializer="he")),
        "layers[0].kernel_initializer: unknown initializer 'he'",
        "  allowed: ..., he_normal, he_uniform, ..., one, Ones, ones, ..., zero, Zeros, zeros",
    ),
    "initializer_with_unknown_argument": (
        net(dense(kernel_initializer={"type": "RandomNormal", "stdev": 0.1})),
        "layers[0].kernel_initializer.stdev: unknown argument 'stdev' of RandomNormal",
        "  allowed: mean, seed, stddev",
        "  hint: did you mean 'stddev'?",
    ),
    "initializer_auto_of_bias": (
        net(dense(bias_initializer="auto")),
        "layers[0].bias_initializer: unknown initializer 'auto'",
        "  allowed: ..., he_uniform, ..., LecunNormal, ..., one, ..., Orthogonal, ..., stft, ..., "
        "TruncatedNormal, uniform, ..., zero, ...",
    ),
    "regularizer_with_unknown_argument": (
        net(dense(kernel_regularizer={"type": "L2", "l3": 1})),
        "layers[0].kernel_regularizer.l3: unknown argument 'l3' of L2",
        "  allowed: l2",
        "  hint: did you mean 'l2'?",
    ),
    "regularizer_unknown_with_param": (
        net(dense(kernel_regularizer={"type": "L3", "l3": "$w"}), params={"w": 0.1}),
        "layers[0].kernel_regularizer.type: unknown regularizer 'L3'",
        "  allowed: L1, l1, l1_l2, L1L2, l1l2, L2, l2, orthogonal_regularizer, ...",
        "  hint: did you mean 'L2'?",
    ),
    "regularizer_number": (
        net(dense(kernel_regularizer=0.01)),
        "layers[0].kernel_regularizer: must be a regularizer (its name, or an object with 'type') or null, got 0.01",
    ),
    "constraint_unknown": (
        net(dense(kernel_constraint="MaxNrm")),
        "layers[0].kernel_constraint: unknown constraint 'MaxNrm'",
        "  allowed: max_norm, MaxNorm, min_max_norm, MinMaxNorm, non_neg, NonNeg, unit_norm, UnitNorm",
        "  hint: did you mean 'MaxNorm'?",
    ),
    # layers that hold layers
    "wrapped_text": (
        net({"type": "TimeDistributed", "layer": "Dense"}),
        "layers[0].layer: Dense needs 'units'",
        "  hint: write it as an object with 'type': 'Dense'",
    ),
    "wrapped_number": (
        net({"type": "TimeDistributed", "layer": 3}),
        "layers[0].layer: must be a layer (an object with 'type'), got 3",
    ),
    "wrapped_argument_misspelt": (
        net({"type": "TimeDistributed", "layer": {"type": "Dense", "unit": 4}}),
        "layers[0].layer.unit: unknown argument 'unit' of Dense",
        "  allowed: ..., bias_constraint, bias_initializer, ..., dtype, kernel_constraint, "
        "kernel_initializer, kernel_regularizer, ..., units, use_bias",
        "  hint: did you mean 'units'?",
    ),
    "wrapped_name": (
        net({"type": "TimeDistributed", "layer": dense(name="a")}),
        "layers[0].layer.name: unknown argument 'name' of Dense",
        "  allowed: ..., activity_regularizer, ..., bias_initializer, bias_regularizer, dtype, ..., "
        "lora_rank, trainable, units, use_bias",
    ),
    "wrapped_repeat": (
        net({"type": "TimeDistributed", "layer": repeat(DENSE, times=2)}),
        "layers[0].layer.type: Repeat can't stand inside a layer's argument",
        "  hint: write it as a node of its own",
    ),
    "wrapped_block": (
        net({"type": "TimeDistributed", "layer": {"type": "fc"}}, blocks={"fc": {"layers": [DENSE]}}),
        "layers[0].layer.type: block 'fc' can't stand inside a layer's argument",
        "  hint: write it as a node of its own",
    ),
    "wrapped_lambda": (
        net({"type": "TimeDistributed", "layer": {"type": "Lambda", "function": "print"}}),
        "layers[0].layer.type: Lambda can run code from the recipe and is refused",
        "  hint: register a layer class in Python and name that",
    ),
    "wrapped_units_zero": (
        net({"type": "Bidirectional", "layer": {"type": "LSTM", "units": 0}}),
        "layers[0].layer.units: must be an integer of at least 1, got 0",
    ),
    "cell_a_layer": (
        net({"type": "RNN", "cell": {"type": "LSTM", "units": 4}}),
        "layers[0].cell.type: unknown recurrent cell 'LSTM'",
        "  allowed: GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells",
        "  hint: did you mean 'LSTMCell'?",
    ),
    "cell_text": (
        net({"type": "RNN", "cell": "GRUCell"}),
        "layers[0].cell: GRUCell needs 'units'",
        "  hint: write it as an object with 'type': 'GRUCell'",
    ),
    "cells_one_wrong": (
        net({"type": "RNN", "cell": [{"type": "LSTMCell", "units": 4}, {"type": "GRUCell", "unit": 4}]}),
        "layers[0].cell[1].unit: unknown argument 'unit' of GRUCell",
        "  allowed: ..., bias_initializer, ..., dropout, ..., kernel_initializer, ..., recurrent_constraint, "
        "recurrent_dropout, recurrent_initializer, ..., units, use_bias",
        "  hint: did you mean 'units'?",
    ),
    "cells_none": (
        net({"type": "RNN", "cell": []}),
        "layers[0].cell: must be a recurrent cell (an object with 'type') or a non-empty list, each a "
        "recurrent cell (an object with 'type'), got []",
    ),
    # names
    "name_of_node_number": (
        net(dense(name=3)),
        "layers[0].name: must be a name: a letter, then letters, digits and single underscores, got 3",
    ),
    "name_of_node_empty": (
        net(dense(name="")),
        "layers[0].name: must be a name: a letter, then letters, digits and single underscores, got ''",
    ),
    "name_with_two_underscores": (
        net(dense(name="a__b")),
        "layers[0].name: must be a name: a letter, then letters, digits and single underscores, got 'a__b'",
    ),
    "name_with_dot": (
        net(dense(name="a.b")),
        "layers[0].name: must be a name: a letter, then letters, digits and single underscores, got 'a.b'",
    ),
    "name_with_digit_first": (
        net(dense(name="1a")),
        "layers[0].name: must be a name: a letter, then letters, digits and single underscores, got '1a'",
    ),
    "name_with_umlaut": (
        net(dense(name="größe")),
        "layers[0].name: must be a name: a letter, then letters, digits and single underscores, got 'größe'",
    ),
    "name_too_long": (net(dense(name="a" * 101)), "layers[0].name: a name has at most 100 characters, got 101"),
    "name_of_the_output": (net(dense(name="output")), "layers[0].name: 'output' is taken by the output layer"),
    "name_of_the_input": (net(dense(name="input")), "layers[0].name: 'input' is taken by an input"),
    "name_twice": (net(dense(name="a"), dense(name="a")), "layers[1].name: 'a' is taken by layers[0]"),
    "name_of_an_unnamed_one_before": (
        net(dense(), dense(name="dense_1")),
        "layers[1].name: 'dense_1' is taken by layers[0]",
    ),
    "name_of_an_unnamed_one_behind": (
        net(dense(name="dense_1"), dense()),
        "layers[0].name: 'dense_1' is taken by layers[1]",
    ),
    "name_in_residual": (
        net(residual(dense(name="add"))),
        "layers[0].layers[0].name: 'add' is taken by the Residual itself",
    ),
    "name_of_branch_merge": (
        net({"type": "Parallel", "branches": {"merge": [DENSE], "b": []}, "merge": "Add"}),
        "layers[0].branches.merge: 'merge' is taken by the Parallel itself",
    ),
    "name_of_branch": (
        net({"type": "Parallel", "branches": {"a b": [DENSE]}, "merge": "Add"}),
        "layers[0].branches['a b']: must be a name: a letter, then letters, digits and single underscores, got 'a b'",
    ),
    # inputs of nodes
    "inputs_empty": (net(dense(inputs=[])), "layers[0].inputs: must be a non-empty list of names, got []"),
    "inputs_text": (net(dense(inputs="input")), "layers[0].inputs: must be a non-empty list of names, got 'input'"),
    "inputs_unknown": (
        net(dense(name="stem"), dense(inputs=["stam"])),
        "layers[1].inputs[0]: no node 'stam' in reach",
        "  allowed: dense_1, input, stem",
        "  hint: did you mean 'stem'?",
    ),
    "inputs_number": (net(dense(inputs=[3])), "layers[0].inputs[0]: no node 3 in reach", "  allowed: dense_1, input"),
    "inputs_inside_a_repeat": (
        net(repeat(dense(name="a"), times=2), {"type": "Add", "inputs": ["a", "input"]}),
        "layers[1].inputs[0]: no node 'a' in reach",
        "  allowed: add_1, input, repeat_1",
        "  hint: it is inside 'repeat_1', whose name stands for what leaves it",
    ),
    "inputs_outside_a_block": (
        net(dense(name="stem"), {"type": "fc"}, blocks={"fc": {"layers": [dense(inputs=["stem"])]}}),
        "blocks.fc.layers[0].inputs[0]: no node 'stem' in reach",
        "  allowed: dense_1",
        "  hint: a block sees its own nodes only: give it others in the 'inputs' of the call",
    ),
    "feeds_itself": (net(dense(name="a", inputs=["a"])), "layers[0].inputs[0]: 'a' feeds itself"),
    "feed_each_other": (
        net(dense(name="a", inputs=["b"]), dense(name="b", inputs=["a"])),
        "layers[0].inputs[0]: 'a' and 'b' feed each other: a -> b -> a",
    ),
    "feed_in_a_ring": (
        net({"type": "Add", "name": "a", "inputs": ["input", "c"]}, dense(name="b"), dense(name="c")),
        "layers[0].inputs[1]: 'a' and 'b' feed each other: a -> b -> c -> a",
    ),
    "repeats_of_no_turn_feed_each_other": (
        net(repeat(DENSE, times=0, name="a", inputs=["b"]), repeat(DENSE, times=0, name="b", inputs=["a"])),
        "layers[0].inputs[0]: 'a' and 'b' feed each other: a -> b -> a",
    ),
    "repeat_takes_itself": (
        net(repeat(dense(inputs=["repeat_1"]), times=1)),
        "layers[0].layers[0].inputs[0]: 'repeat_1.1.dense_1' feeds itself",
    ),
    "too_many_inputs": (
        net(dense(), dense(inputs=["input"]), dense(inputs=["dense_1", "dense_2"])),
        "layers[2].inputs: Dense takes 1 input, got 2",
        "  hint: merge them first, with a node of type Concatenate or Add",
    ),
    "too_few_inputs": (
        net({"type": "Add"}),
        "layers[0]: Add takes at least 2 inputs, got 1",
        "  hint: name them in 'inputs'",
    ),
    "dot_of_three": (
        net(
            dense(),
            dense(inputs=["input"]),
            dense(inputs=["input"]),
            {"type": "Dot", "axes": 1, "inputs": ["dense_1", "dense_2", "dense_3"]},
        ),
        "layers[3].inputs: Dot takes 2 inputs, got 3",
        "  hint: merge them first, with a node of type Concatenate or Add",
    ),
    "not_taken": (
        net(dense(), dense(inputs=["input"])),
        "layers[0]: nothing takes what 'dense_1' gives",
        "  hint: name it in the 'inputs' of another node, or under 'outputs'",
    ),
    # inputs of the recipe
    "recipe_inputs_list": (
        net(DENSE, inputs=["x"]),
        "inputs: must be an object of names and inputs, with one at least, got ['x']",
    ),
    "recipe_inputs_empty": (
        net(DENSE, inputs={}),
        "inputs: must be an object of names and inputs, with one at least, got {}",
    ),
    "recipe_input_list": (net(DENSE, inputs={"x": [3]}), "inputs.x: must be an object, got [3]"),
    "recipe_input_unknown_key": (
        net(DENSE, inputs={"x": {"shap": [3]}}),
        "inputs.x.shap: unknown key",
        "  allowed: ..., dtype, impute, ..., masked, ..., ngrams, ..., scale, shape, split, standardize",
        "  hint: did you mean 'shape'?",
    ),
    "recipe_input_shape_zero": (
        net(DENSE, inputs={"x": {"shape": [0]}}),
        "inputs.x.shape: must be a list, each an integer of at least 1 or null, got [0]",
    ),
    "recipe_input_dtype": (
        net(DENSE, inputs={"x": {"dtype": "float31"}}),
        "inputs.x.dtype: must be 'bfloat16', 'bool', 'float16', 'float32', 'float64', 'int16', 'int32', "
        "'int64', 'int8', 'string', 'uint16', 'uint32', 'uint64' or 'uint8', got 'float31'",
        "  hint: did you mean 'float32'?",
    ),
    "recipe_input_kind": (
        net(DENSE, inputs={"x": {"kind": "picture"}}),
        "inputs.x.kind: must be 'ids', 'image', 'series', 'table', 'tensor' or 'text', got 'picture'",
    ),
    "recipe_input_table_setting": (
        net(DENSE, inputs={"x": {"impute": "mean"}}),
        "inputs.x.impute: is for inputs of kind 'table'",
    ),
    "recipe_input_text_setting": (
        net(DENSE, inputs={"x": {"kind": "table", "max_tokens": 9, "split": "character"}}),
        "inputs.x.max_tokens: is for inputs of kind 'text' or 'ids'",
        "inputs.x.split: is for inputs of kind 'text'",
    ),
    "recipe_input_image_shape": (
        net(
            {"type": "Add", "inputs": ["x", "y"]},
            inputs={"x": {"kind": "image", "shape": [8, 8]}, "y": {"kind": "series", "shape": [8]}},
        ),
        "inputs.x.shape: must be height, width, channels for an input of kind 'image', got [8, 8]",
        "inputs.y.shape: must be steps, channels for an input of kind 'series', got [8]",
    ),
    "recipe_input_text_shape": (
        net(DENSE, inputs={"x": {"kind": "text", "shape": [9], "dtype": "int32"}}),
        "inputs.x.shape: is not for inputs of kind 'text'",
        "  hint: output_sequence_length says how many numbers a text is",
        "inputs.x.dtype: is not for inputs of kind 'text'",
    ),
    "recipe_input_text_counted": (
        net(DENSE, inputs={"x": {"kind": "text", "output_mode": "tf_idf", "output_sequence_length": 9}}),
        "inputs.x.output_sequence_length: is for output_mode 'int': 'tf_idf' gives a number for each token of the "
        "vocabulary",
    ),
    "recipe_ids_of_counted_texts": (
        net(
            {"type": "Embedding", "input_dim": "auto", "output_dim": 2},
            inputs={"x": {"kind": "text", "output_mode": "tf_idf"}},
        ),
        "layers[0].input_dim: input_dim 'auto' is for a layer right behind an input of kind 'ids' or 'text', and this "
        "one takes what 'x' gives by its output_mode 'tf_idf'",
    ),
    "recipe_ids_of_an_input_of_numbers": (
        net({"type": "Embedding", "input_dim": "auto", "output_dim": 2}),
        "layers[0].input_dim: input_dim 'auto' is for a layer right behind an input of kind 'ids' or 'text', and this "
        "one takes what 'input' gives",
    ),
    "recipe_ids_inside_a_layer": (
        net(
            {"type": "TimeDistributed", "layer": {"type": "Embedding", "input_dim": "auto", "output_dim": 2}},
            inputs={"x": {"kind": "text"}},
        ),
        "layers[0]: a layer inside TimeDistributed can't have 'auto' for the numbers of its input",
    ),
    "recipe_input_null": (
        net(DENSE, inputs=None),
        "inputs: must be an object of names and inputs, with one at least, got null",
    ),
    "recipe_default_that_suits_no_layer": (
        net(DENSE, defaults={"units": "many"}),
        "defaults.units: must be an integer of at least 1, got 'many'",
    ),
    "recipe_input_name": (
        net(DENSE, inputs={"a b": {}}),
        "inputs['a b']: must be a name: a letter, then letters, digits and single underscores, got 'a b'",
    ),
    "recipe_input_called_output": (
        net(DENSE, inputs={"output": {}}),
        "inputs.output: 'output' is the name of the output",
    ),
    "several_inputs": (
        net(DENSE, inputs={"a": {}, "b": {}}),
        "layers[0]: needs 'inputs': the recipe has several (a, b)",
        '  hint: write "inputs": ["..."] with the one it takes',
    ),
    "input_not_used": (net(dense(inputs=["a"]), inputs={"a": {}, "b": {}}), "inputs.b: is never used"),
    "input_called_like_an_unnamed_node": (
        net(dense(), dense(), inputs={"dense_2": {}}),
        "inputs.dense_2: 'dense_2' is taken by layers[1]",
    ),
    "node_called_like_an_input": (net(dense(name="a"), inputs={"a": {}}), "layers[0].name: 'a' is taken by an input"),
    "only_input_by_another_name": (
        net(dense(inputs=["input"]), inputs={"x": {}}),
        "layers[0].inputs[0]: no node 'input' in reach",
        "  allowed: dense_1, x",
    ),
    # outputs
    "outputs_text": (
        net(DENSE, outputs="first"),
        "outputs: must be 'auto', 'last', or an object of names and outputs, got 'first'",
    ),
    "outputs_empty": (
        net(DENSE, outputs={}),
        "outputs: must be 'auto', 'last', or an object of names and outputs, got {}",
    ),
    "outputs_list": (
        net(DENSE, outputs=["dense_1"]),
        "outputs: must be 'auto', 'last', or an object of names and outputs, got ['dense_1']",
    ),
    "output_text": (net(DENSE, outputs={"y": "dense_1"}), "outputs.y: must be an object, got 'dense_1'"),
    "output_without_node": (
        net(DENSE, outputs={"y": {}}),
        "outputs.y: an output needs 'node'",
        "  hint: name the node whose result it is",
    ),
    "output_node_misspelt": (
        net(DENSE, outputs={"y": {"nod": "dense_1"}}),
        "outputs.y.nod: unknown key",
        "  allowed: loss, metrics, node, target, weight",
        "  hint: did you mean 'node'?",
    ),
    "output_node_unknown": (
        net(DENSE, outputs={"y": {"node": "dense_2"}}),
        "outputs.y.node: unknown node 'dense_2'",
        "  allowed: dense_1, input",
        "  hint: did you mean 'dense_1'?",
    ),
    "output_unknown_key": (
        net(DENSE, outputs={"y": {"node": "dense_1", "los": "mse"}}),
        "outputs.y.los: unknown key",
        "  allowed: loss, metrics, node, target, weight",
        "  hint: did you mean 'loss'?",
    ),
    "output_loss": (
        net(DENSE, outputs={"y": {"node": "dense_1", "loss": "mea"}}),
        "outputs.y.loss: unknown loss 'mea'",
        "  allowed: ..., bce, ..., Dice, dice, ..., mae, ..., mape, ..., mean_squared_error, ..., mse, ..., msle, ...",
        "  hint: did you mean 'mse'?",
    ),
    "output_weight": (
        net(DENSE, outputs={"y": {"node": "dense_1", "weight": -1}}),
        "outputs.y.weight: must be a number of at least 0, got -1",
    ),
    "output_metrics": (
        net(DENSE, outputs={"y": {"node": "dense_1", "metrics": "accuracy"}}),
        "outputs.y.metrics: must be a list, each a metric (its name, or an object with 'type'), got 'accuracy'",
        "  hint: a list of one is written ['accuracy']",
    ),
    "output_name": (
        net(DENSE, outputs={"a b": {"node": "dense_1"}}),
        "outputs['a b']: must be a name: a letter, then letters, digits and single underscores, got 'a b'",
    ),
    "output_leaves_a_node_out": (
        net(DENSE, DENSE, outputs={"y": {"node": "dense_1"}}),
        "layers[1]: nothing takes what 'dense_2' gives",
        "  hint: name it in the 'inputs' of another node, or under 'outputs'",
    ),
    # params
    "params_list": (net(DENSE, params=[1]), "params: must be an object of names and values, got [1]"),
    "param_name": (
        net(DENSE, params={"2x": 1}),
        "params['2x']: must be a name: a letter, then letters, digits and single underscores, got '2x'",
    ),
    "param_name_with_two_underscores": (
        net(DENSE, params={"a__b": 1}),
        "params.a__b: must be a name: a letter, then letters, digits and single underscores, got 'a__b'",
    ),
    "param_not_used": (net(DENSE, params={"width": 1}), "params.width: is never used"),
    "param_unknown": (
        net(dense("$widht"), params={"width": 4}),
        "params.width: is never used",
        "layers[0].units: unknown param 'widht'",
        "  allowed: width",
        "  hint: did you mean 'width'?",
    ),
    "param_unknown_and_none_defined": (
        net(dense("$width")),
        "layers[0].units: unknown param 'width'",
        "  hint: define it under 'params'",
    ),
    "param_holds_an_expression": (
        net(dense("$b"), params={"a": 3, "b": "$a * 2"}),
        "params.b: must be a plain value, got the expression '$a * 2'",
        "  hint: a param holds a plain value; write '$a * 2' where the param is used",
    ),
    "param_of_the_wrong_kind": (
        net(dense("$n"), params={"n": [4]}),
        "layers[0].units: must be an integer of at least 1, got [4]",
        "  hint: from params.n",
    ),
    "param_misspelt_activation": (
        net(dense(activation="$act"), params={"act": "rellu"}),
        "layers[0].activation: unknown activation 'rellu'",
        "  allowed: celu, elu, ..., gelu, ..., leaky_relu, ..., relu, relu6, selu, ..., squareplus, ...",
        "  hint: did you mean 'relu'?; from params.act",
    ),
    "params_of_one_expression": (
        net(dense("$a - b"), params={"a": 2, "b": 3}),
        "layers[0].units: must be an integer of at least 1, got -1",
        "  hint: from params.a and params.b",
    ),
    # defaults
    "default_name": (
        net(DENSE, defaults={"name": "x"}),
        "defaults.name: 'name' can't have a default: every node has its own",
    ),
    "default_inputs": (
        net(dense("$n"), params={"n": 3}, defaults={"inputs": ["$n"]}),
        "defaults.inputs: 'inputs' can't have a default: every node has its own",
    ),
    "defaults_list": (net(DENSE, defaults=[]), "defaults: must be an object of arguments and values, got []"),
    "default_no_layer_takes": (
        net(DENSE, defaults={"kernel_initialiser": "auto"}),
        "defaults.kernel_initialiser: unknown argument 'kernel_initialiser': no layer takes it",
        "  allowed: ..., alpha_initializer, ..., beta_initializer, ..., bias_initializer, ..., "
        "depthwise_initializer, ..., embeddings_initializer, ..., kernel_initializer, ..., "
        "pointwise_initializer, ..., recurrent_initializer, ...",
        "  hint: did you mean 'kernel_initializer'?",
    ),
    "default_wrong_once_for_two_layers": (
        net(dense(), dense(), defaults={"activation": "rellu"}),
        "defaults.activation: unknown activation 'rellu'",
        "  allowed: celu, elu, ..., gelu, ..., leaky_relu, ..., relu, relu6, selu, ..., squareplus, ...",
        "  hint: did you mean 'relu'?",
    ),
    "default_unknown_param": (
        net(DENSE, defaults={"activation": "$act"}),
        "defaults.activation: unknown param 'act'",
        "  hint: define it under 'params'",
    ),
    # blocks
    "blocks_list": (net(DENSE, blocks=[]), "blocks: must be an object of names and blocks, got []"),
    "block_list": (
        net({"type": "fc"}, blocks={"fc": [DENSE]}),
        "blocks.fc: must be an object with 'layers', got [{'type': 'Dense', 'units': 4}]",
    ),
    "block_name": (
        net({"type": "a b"}, blocks={"a b": {"layers": [DENSE]}}),
        "blocks['a b']: must be a name: a letter, then letters, digits and single underscores, got 'a b'",
    ),
    "block_called_like_a_layer": (
        net(DENSE, blocks={"Dense": {"layers": [DENSE]}}),
        "blocks.Dense: 'Dense' is a class of Keras; a block needs a name of its own",
    ),
    "block_called_like_a_composite": (
        net(DENSE, blocks={"Repeat": {"layers": [DENSE]}}),
        "blocks.Repeat: 'Repeat' is a composite; a block needs a name of its own",
    ),
    "block_called_like_a_refused_layer": (
        net({"type": "Lambda"}, blocks={"Lambda": {"layers": [DENSE]}}),
        "blocks.Lambda: 'Lambda' is a class of Keras; a block needs a name of its own",
    ),
    "block_called_like_a_cell": (
        net({"type": "GRUCell"}, blocks={"GRUCell": {"layers": [DENSE]}}),
        "blocks.GRUCell: 'GRUCell' is a class of Keras; a block needs a name of its own",
    ),
    "block_unknown_key": (
        net({"type": "fc"}, blocks={"fc": {"layer": [DENSE]}}),
        "blocks.fc.layer: unknown key 'layer' of a block",
        "  allowed: layers, params",
        "  hint: did you mean 'layers'?",
    ),
    "block_without_layers": (
        net({"type": "fc"}, blocks={"fc": {"params": {"n": 3}}}),
        "blocks.fc: a block needs 'layers'",
    ),
    "block_empty": (net({"type": "fc"}, blocks={"fc": {"layers": []}}), "blocks.fc.layers: needs at least one node"),
    "block_misspelt": (
        net({"type": "fcc"}, blocks={"fc": {"layers": [DENSE]}}),
        "layers[0].type: unknown layer type 'fcc'",
        "  allowed: Activation, ..., Bidirectional, ..., Concatenate, ..., fc, ..., RepeatVector, Rescaling, "
        "..., Softmax, ..., Subtract, ...",
        "  hint: did you mean 'fc'?",
    ),
    "block_param_not_used": (
        net({"type": "fc"}, blocks={"fc": {"params": {"n": 3}, "layers": [DENSE]}}),
        "blocks.fc.params.n: is never used",
    ),
    "block_param_hides": (
        net({"type": "fc", "n": "$n"}, params={"n": 3}, blocks={"fc": {"params": {"n": 3}, "layers": [dense("$n")]}}),
        "blocks.fc.params.n: 'n' hides params.n",
    ),
    "block_param_called_like_a_key": (
        net({"type": "fc"}, blocks={"fc": {"params": {"name": 3}, "layers": [dense("$name")]}}),
        "blocks.fc.params.name: 'name' is a key of every node",
    ),
    "block_param_name": (
        net({"type": "fc"}, blocks={"fc": {"params": {"a__b": 3}, "layers": [DENSE]}}),
        "blocks.fc.params.a__b: must be a name: a letter, then letters, digits and single underscores, got 'a__b'",
    ),
    "block_sees_no_outer_param": (
        net({"type": "fc"}, dense("$n"), params={"n": 3}, blocks={"fc": {"layers": [dense("$n")]}}),
        "blocks.fc.layers[0].units: unknown param 'n'",
        "  hint: a block sees its own params only: define it under them, and give it in the call",
    ),
    "block_call_unknown_key": (
        net({"type": "fc", "m": 3}, blocks={"fc": {"params": {"n": 3}, "layers": [dense("$n")]}}),
        "layers[0].m: unknown key 'm' of block 'fc'",
        "  allowed: inputs, n, name, type",
    ),
    "block_call_wrong_value": (
        net({"type": "fc"}, {"type": "fc", "n": "x"}, blocks={"fc": {"params": {"n": 3}, "layers": [dense("$n")]}}),
        "blocks.fc.layers[0].units: must be an integer of at least 1, got 'x'",
        "  hint: in the call at layers[1]",
    ),
    "block_default_wrong": (
        net(DENSE, blocks={"fc": {"params": {"n": "x"}, "layers": [dense("$n")]}}),
        "blocks.fc.layers[0].units: must be an integer of at least 1, got 'x'",
    ),
    "block_not_called_is_checked": (
        net(DENSE, blocks={"fc": {"layers": [{"type": "Dens"}]}}),
        "blocks.fc.layers[0].type: unknown layer type 'Dens'",
        "  allowed: ..., Dense, ..., EinsumDense, ..., Flatten, ..., Identity, ..., Pipeline, ..., Reshape, "
        "Residual, Resizing, ...",
        "  hint: did you mean 'Dense'?",
    ),
    "block_contains_itself": (
        net({"type": "b"}, blocks={"b": {"layers": [{"type": "b"}]}}),
        "blocks.b.layers[0].type: block 'b' contains itself: b -> b",
    ),
    "blocks_contain_each_other": (
        net({"type": "a"}, blocks={"a": {"layers": [{"type": "b"}]}, "b": {"layers": [{"type": "a"}]}}),
        "blocks.b.layers[0].type: block 'a' contains itself: a -> b -> a",
    ),
    # Repeat
    "repeat_neither": (net(repeat(DENSE)), "layers[0]: Repeat needs 'times' or 'over', got neither"),
    "repeat_both": (
        net(repeat(dense("$u"), times=2, over={"u": [1]})),
        "layers[0]: Repeat needs 'times' or 'over', got both",
    ),
    "repeat_unknown_key": (
        net(repeat(DENSE, time=2)),
        "layers[0].time: unknown key 'time' of Repeat",
        "  allowed: inputs, layers, name, over, times, type",
        "  hint: did you mean 'times'?",
    ),
    "repeat_without_layers": (net({"type": "Repeat", "over": {"u": [1]}}), "layers[0]: Repeat needs 'layers'"),
    "repeat_empty": (net(repeat(over={"u": [1]})), "layers[0].layers: needs at least one node"),
    "times_negative": (net(repeat(DENSE, times=-1)), "layers[0].times: must be an integer from 0 to 10000, got -1"),
    "times_too_many": (net(repeat(DENSE, times=1000000000)), "layers[0].times: at most 10000, got 1000000000"),
    "times_text": (
        net(repeat(DENSE, times="two")),
        "layers[0].times: must be an integer from 0 to 10000, got 'two'",
    ),
    "times_fraction": (
        net(repeat(DENSE, times=2.5)),
        "layers[0].times: must be an integer from 0 to 10000, got 2.5",
    ),
    "times_param_of_the_wrong_kind": (
        net(repeat(DENSE, times="$n"), params={"n": [2]}),
        "layers[0].times: must be an integer from 0 to 10000, got [2]",
    ),
    "over_list": (
        net(repeat(DENSE, over=[1, 2])),
        "layers[0].over: must be an object of names and lists, with one at least, got [1, 2]",
    ),
    "over_empty": (
        net(repeat(DENSE, over={})),
        "layers[0].over: must be an object of names and lists, with one at least, got {}",
    ),
    "over_number": (
        net(repeat(dense("$u"), over={"u": 3})),
        "layers[0].over.u: must be a list of values, one for each turn, got 3",
        "  hint: a list of one is written [3]",
    ),
    "over_unequal": (
        net(repeat(dense("$u"), {"type": "Dropout", "rate": "$v"}, over={"u": [1, 2], "v": [1]})),
        "layers[0].over: the lists must be of one length: u has 2, v has 1",
    ),
    "over_not_used": (net(repeat(DENSE, over={"u": [1, 2]})), "layers[0].over.u: is never used"),
    "over_hides_a_param": (
        net(repeat(dense("$u"), over={"u": "$u"}), params={"u": [3]}),
        "layers[0].over.u: 'u' hides params.u",
    ),
    "over_hides_another": (
        net(repeat(repeat(dense("$u"), over={"u": "$u"}), over={"u": [[1, 2], [3]]})),
        "layers[0].layers[0].over.u: 'u' hides layers[0].over.u",
    ),
    "over_name": (
        net(repeat(DENSE, over={"u__v": [3]})),
        "layers[0].over.u__v: must be a name: a letter, then letters, digits and single underscores, got 'u__v'",
    ),
    "over_too_many": (
        net(repeat(dense("$u"), over={"u": [1] * 10001})),
        "layers[0].over: at most 10000 turns, got 10001",
    ),
    "over_wrong_in_one_turn": (
        net(repeat(dense("$u"), over={"u": [4, "x", 8]})),
        "layers[0].layers[0].units: must be an integer of at least 1, got 'x'",
        "  hint: in turn 2 of layers[0]",
    ),
    "repeat_of_no_turn_is_checked": (
        net(repeat({"type": "Dens"}, times=0), DENSE),
        "layers[0].layers[0].type: unknown layer type 'Dens'",
        "  allowed: ..., Dense, ..., EinsumDense, ..., Flatten, ..., Identity, ..., Pipeline, ..., Reshape, "
        "Residual, Resizing, ...",
        "  hint: did you mean 'Dense'?",
    ),
    "repeat_of_no_turn_with_two_inputs": (
        net(dense(), dense(inputs=["input"]), repeat({"type": "Add"}, times=0, inputs=["dense_1", "dense_2"])),
        "layers[2]: takes 2 inputs, but has no turn to take them",
    ),
    "too_many_nodes": (
        net(repeat(repeat(DENSE, times=200), times=200)),
        "layers[0].layers[0]: the network has more than 10000 nodes once repeats and blocks are expanded",
    ),
    "too_many_nodes_by_nesting": (
        net(nested(14, DENSE)),
        "layers[0].layers[0].layers[0].layers[0].layers[0].layers[0].layers[0].layers[0].layers[0].layers[0].l"
        "ayers[0].layers[0].layers[0]: the network has more than 10000 nodes once repeats and blocks are "
        "expanded",
    ),
    # Residual and Parallel
    "residual_unknown_key": (
        net({"type": "Residual", "layer": [DENSE]}),
        "layers[0].layer: unknown key 'layer' of Residual",
        "  allowed: activation, inputs, layers, name, shortcut, type",
        "  hint: did you mean 'layers'?",
    ),
    "residual_without_layers": (net({"type": "Residual"}), "layers[0]: Residual needs 'layers'"),
    "residual_empty": (net(residual()), "layers[0].layers: needs at least one node"),
    "residual_shortcut_text": (
        net(residual(DENSE, shortcut="none")),
        "layers[0].shortcut: must be 'auto' or a list of nodes, got 'none'",
    ),
    "residual_shortcut_empty": (net(residual(DENSE, shortcut=[])), "layers[0].shortcut: needs at least one node"),
    "residual_activation": (
        net(residual(DENSE, activation="rellu")),
        "layers[0].activation: unknown activation 'rellu'",
        "  allowed: celu, elu, ..., gelu, ..., leaky_relu, ..., relu, relu6, selu, ..., squareplus, ...",
        "  hint: did you mean 'relu'?",
    ),
    "residual_of_two": (
        net(dense(), dense(inputs=["input"]), residual(DENSE, inputs=["dense_1", "dense_2"])),
        "layers[2].inputs: Residual takes 1 input, got 2",
    ),
    "parallel_without_branches": (net({"type": "Parallel", "merge": "Add"}), "layers[0]: Parallel needs 'branches'"),
    "parallel_without_merge": (
        net({"type": "Parallel", "branches": {"a": [DENSE], "b": []}}),
        "layers[0]: Parallel needs 'merge'",
        "  allowed: Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract",
    ),
    "parallel_empty": (
        net(parallel()),
        "layers[0].branches: must be an object of names and lists of nodes, with one at least, got {}",
    ),
    "parallel_list": (
        net({"type": "Parallel", "branches": [[DENSE]], "merge": "Add"}),
        "layers[0].branches: must be an object of names and lists of nodes, with one at least, got [[{'type': "
        "'Dense', 'units': 4}]]",
    ),
    "parallel_branch_an_object": (
        net(parallel(a=DENSE, b=[])),
        "layers[0].branches.a: must be a list of nodes, got {'type': 'Dense', 'units': 4}",
    ),
    "parallel_merge_misspelt": (
        net(parallel("Concat", a=[DENSE], b=[])),
        "layers[0].merge: must be a layer that merges (its name, or an object with 'type'), got 'Concat'",
        "  allowed: Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract",
        "  hint: did you mean 'Concatenate'?",
    ),
    "parallel_merge_another_layer": (
        net(parallel({"type": "Dense", "units": 3}, a=[DENSE], b=[])),
        "layers[0].merge.type: must be a layer that merges (its name, or an object with 'type'), got 'Dense'",
        "  allowed: Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract",
    ),
    "parallel_merge_unknown_argument": (
        net(parallel({"type": "Concatenate", "axs": 1}, a=[DENSE], b=[])),
        "layers[0].merge.axs: unknown argument 'axs' of Concatenate",
        "  allowed: axis, dtype, trainable",
        "  hint: did you mean 'axis'?",
    ),
    "parallel_merge_number": (
        net(parallel(1, a=[DENSE], b=[])),
        "layers[0].merge: must be a layer that merges (its name, or an object with 'type'), got 1",
        "  allowed: Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract",
    ),
    "parallel_dot_of_three": (
        net(parallel({"type": "Dot", "axes": 1}, a=[DENSE], b=[DENSE], c=[DENSE])),
        "layers[0].merge: Dot takes 2 inputs, got 3",
        "  hint: merge them first, with a node of type Concatenate or Add",
    ),
    # expressions
    "expression_empty": (net(dense("$")), "layers[0].units: '$' is not an expression: a value is missing at the end"),
    "expression_unfinished": (
        net(dense("$n +"), params={"n": 1}),
        "layers[0].units: '$n +' is not an expression: a value is missing at the end",
    ),
    "expression_begins_with_an_operator": (
        net(dense("$* n"), params={"n": 1}),
        "layers[0].units: '$* n' is not an expression: a value is missing before '*'",
    ),
    "expression_not_closed": (
        net(dense("$(n"), params={"n": 1}),
        "layers[0].units: '$(n' is not an expression: ')' is missing",
    ),
    "expression_closed_twice": (
        net(dense("$n)"), params={"n": 1}),
        "layers[0].units: '$n)' is not an expression: ')' is left over",
    ),
    "expression_odd_character": (
        net(dense("$n & 2"), params={"n": 1}),
        "layers[0].units: '$n & 2' is not an expression: '&' has no place in one",
        "  hint: a plain string is written '$$n & 2'",
    ),
    "expression_braces": (
        net(dense("${n}"), params={"n": 1}),
        "layers[0].units: '${n}' is not an expression: '{' has no place in one",
        "  hint: a plain string is written '$${n}'",
    ),
    "expression_attribute": (
        net(dense("$n.real"), params={"n": 1}),
        "layers[0].units: '$n.real' is not an expression: '.' has no place in one",
        "  hint: a plain string is written '$$n.real'",
    ),
    "expression_index": (
        net(dense("$n[0]"), params={"n": [1]}),
        "layers[0].units: '$n[0]' is not an expression: '[' has no place in one",
        "  hint: a plain string is written '$$n[0]'",
    ),
    "expression_two_values": (
        net(dense("$n 2"), params={"n": 1}),
        "layers[0].units: '$n 2' is not an expression: 2 is left over",
    ),
    "expression_unknown_function": (
        net(dense("$abs(n)"), params={"n": 1}),
        "layers[0].units: unknown function 'abs'",
        "  allowed: int, max, min, round",
    ),
    "expression_function_misspelt": (
        net(dense("$maxx(n)"), params={"n": 1}),
        "layers[0].units: unknown function 'maxx'",
        "  allowed: int, max, min, round",
        "  hint: did you mean 'max'?",
    ),
    "expression_function_of_nothing": (
        net(dense("$max() + n"), params={"n": 1}),
        "layers[0].units: '$max() + n' is not an expression: a value is missing before ')'",
    ),
    "expression_function_of_two": (
        net(dense("$int(n, 2)"), params={"n": 1}),
        "layers[0].units: int() takes one value, got 2 in '$int(n, 2)'",
    ),
    "expression_by_zero": (net(dense("$n / 0"), params={"n": 1}), "layers[0].units: '$n / 0' divides by zero"),
    "expression_remainder_of_zero": (
        net(dense("$n % (n - 1)"), params={"n": 1}),
        "layers[0].units: '$n % (n - 1)' divides by zero",
    ),
    "expression_too_large": (
        net(dense("$n * 2 ** 62"), params={"n": 2}),
        "layers[0].units: '$n * 2 ** 62' is too large: magnitudes stay below 2**63",
    ),
    "expression_number_too_large": (
        net(dense("$9223372036854775808 - n"), params={"n": 2}),
        "layers[0].units: '$9223372036854775808 - n' is too large: magnitudes stay below 2**63",
    ),
    "expression_number_infinite": (
        net(dense("$1e999")),
        "layers[0].units: '$1e999' is too large: magnitudes stay below 2**63",
    ),
    "expression_param_too_large": (
        net(dense("$n - n"), params={"n": 9223372036854775808}),
        "layers[0].units: '$n - n' is too large: magnitudes stay below 2**63",
    ),
    "expression_exponent": (
        net(dense("$n ** 65"), params={"n": 1}),
        "layers[0].units: '$n ** 65' has an exponent beyond 64",
    ),
    "expression_root": (
        net(dense("$(-n) ** 0.5"), params={"n": 1}),
        "layers[0].units: '$(-n) ** 0.5' takes a root of a negative number",
    ),
    "expression_on_text": (
        net(dense("$n * 2"), params={"n": "x"}),
        "layers[0].units: '$n * 2' needs a number for 'n', got 'x'",
    ),
    "expression_on_true": (
        net(dense("$n * 2"), params={"n": True}),
        "layers[0].units: '$n * 2' needs a number for 'n', got true",
    ),
    "expression_on_list": (
        net(dense("$-n"), params={"n": [1]}),
        "layers[0].units: '$-n' needs a number for 'n', got [1]",
    ),
    "expression_too_long": (
        net(dense("$n" + " + 1" * 60), params={"n": 1}),
        "layers[0].units: an expression has at most 200 characters, got 242",
    ),
    "expression_fraction": (
        net(dense("$n / 3"), params={"n": 16}),
        "layers[0].units: must be an integer of at least 1, got 5.333333333333333",
        "  hint: from params.n",
    ),
    "expression_negative": (
        net(dense("$-f"), params={"f": 16}),
        "layers[0].units: must be an integer of at least 1, got -16",
        "  hint: from params.f",
    ),
    # numbers of more than 64 bits
    "units_too_large": (
        net(dense(2**63)),
        "layers[0].units: must be an integer of at least 1, got 9223372036854775808",
        "  hint: sizes and counts are below 2**31",
    ),
    "float_too_large": (
        net(DENSE, training={"batch_size": 1e30}),
        "training.batch_size: must be an integer of at least 1, got 1e+30",
        "  hint: sizes and counts are below 2**31",
    ),
    "stride_too_large": (
        net({"type": "MaxPooling1D", "strides": [2**31]}),
        "layers[0].strides: must be an integer from 1 to 4096 or a list of 1, each an integer from 1 to 4096 "
        "or null, got [2147483648]",
    ),
    "number_beyond_float32": (
        net(dense(bias_initializer={"type": "Constant", "value": 1e39})),
        "layers[0].bias_initializer.value: must be a number or a non-empty list, each a number, got 1e+39",
        "  hint: numbers are those of float32, up to 3.4e38",
    ),
    "learning_rate_beyond_float32": (
        net(DENSE, training={"learning_rate": 1e300}),
        "training.learning_rate: must be a number above 0 or a learning rate schedule (its name, or an object with "
        "'type'), got 1e+300",
        "  hint: numbers are those of float32, up to 3.4e38",
    ),
    "dtype_of_whole_numbers": (
        net(dense(dtype="int32")),
        "layers[0].dtype: must be 'bfloat16', 'float16', 'float32', 'float64', 'mixed_bfloat16' or 'mixed_float16' or "
        "null, got 'int32'",
    ),
    "two_ways_to_clip": (
        net(DENSE, training={"optimizer": {"type": "Adam", "clipnorm": 1, "clipvalue": 0.5}}),
        "training.optimizer.clipvalue: Adam takes one of clipnorm, clipvalue, global_clipnorm, got clipnorm and "
        "clipvalue",
        "  hint: leave out all but one",
    ),
    "activation_glu": (
        net(dense(activation="glu")),
        "layers[0].activation: activation 'glu' halves the last axis, where layers state a shape that is not halved, "
        "and is refused",
        "  hint: multiply two branches, one of them with activation 'sigmoid': a Parallel whose merge is 'Multiply'",
    ),
    "activation_threshold": (
        net({"type": "Activation", "activation": "threshold"}),
        "layers[0].activation: activation 'threshold' needs two arguments that a name can't give and is refused",
        "  hint: write {'type': 'ReLU', 'threshold': 1.0}, which gives 0 below its threshold",
    ),
    "layer_that_mixes_rows": (
        net({"type": "MixUp"}),
        "layers[0].type: MixUp mixes images but leaves their labels as they are and is refused",
        "  hint: mix rows and labels before fit, or use layers that change images alone, as RandomErasing does",
    ),
    "layer_that_cuts_rows": (
        net({"type": "CutMix"}),
        "layers[0].type: CutMix cuts images together but leaves their labels as they are and is refused",
        "  hint: mix rows and labels before fit, or use layers that change images alone, as RandomErasing does",
    ),
    "model_in_a_wrapper": (
        net({"type": "TimeDistributed", "layer": {"type": "Sequential", "layers": [DENSE]}}),
        "layers[0].layer.type: Sequential is a model, not a layer of a recipe",
        "  hint: list its layers one after the other; inside another layer, as the 'layers' of a Pipeline",
    ),
    "layer_of_bounding_boxes": (
        net({"type": "MaxNumBoundingBoxes", "max_number": 3}),
        "layers[0].type: MaxNumBoundingBoxes works on bounding boxes, which no recipe has, and is refused",
        "  hint: leave it out: images pass through it as they are",
    ),
    "mixing_layer_inside_another": (
        net({"type": "Pipeline", "layers": [{"type": "RandomFlip"}, {"type": "MixUp"}]}),
        "layers[0].layers[1].type: MixUp mixes images but leaves their labels as they are and is refused",
        "  hint: mix rows and labels before fit, or use layers that change images alone, as RandomErasing does",
    ),
    "seed_too_small": (
        net({"type": "Dropout", "rate": 0.5, "seed": -(10**20)}),
        "layers[0].seed: must be an integer or null, got -100000000000000000000",
        "  hint: integers are below 2**63",
    ),
    "range_too_large": (
        net(DENSE, search={"training__epochs": {"int": [1, 2**63]}}),
        "search.training__epochs.int: must be a list of two integers, lowest and highest, got [1, 9223372036854775808]",
    ),
    # names of Keras 2
    "keras_2_input_length": (
        net({"type": "Embedding", "input_dim": 8, "output_dim": 2, "input_length": 5}),
        "layers[0].input_length: unknown argument 'input_length' of Embedding",
        "  allowed: dtype, embeddings_constraint, embeddings_initializer, ..., input_dim, ..., lora_rank, mask_zero, "
        "output_dim, trainable",
        "  hint: Keras 3 has it no more: leave it out",
    ),
    "keras_2_alpha": (
        net(dense(activation={"type": "LeakyReLU", "alpha": 0.1})),
        "layers[0].activation.alpha: unknown argument 'alpha' of LeakyReLU",
        "  allowed: dtype, negative_slope, trainable",
        "  hint: Keras 3 calls it 'negative_slope'",
    ),
    # training
    "training_list": (net(DENSE, training=[]), "training: must be an object, got []"),
    "training_unknown_key": (
        net(DENSE, training={"epoch": 3}),
        "training.epoch: unknown key",
        "  allowed: batch_size, class_weight, early_stopping, epochs, ..., label_smoothing, ..., loss, "
        "metrics, ..., precision, ...",
        "  hint: did you mean 'epochs'?",
    ),
    "epochs_zero": (net(DENSE, training={"epochs": 0}), "training.epochs: must be an integer of at least 1, got 0"),
    "batch_size_fraction": (
        net(DENSE, training={"batch_size": 0.5}),
        "training.batch_size: must be an integer of at least 1, got 0.5",
    ),
    "shuffle_number": (net(DENSE, training={"shuffle": 1}), "training.shuffle: must be true or false, got 1"),
    "validation_fraction_1": (
        net(DENSE, training={"validation_fraction": 1}),
        "training.validation_fraction: must be a number of at least 0 and below 1, got 1",
    ),
    "validation_unknown": (
        net(DENSE, training={"validation": "first"}),
        "training.validation: must be 'last' or 'random', got 'first'",
    ),
    "learning_rate_zero": (
        net(DENSE, training={"learning_rate": 0}),
        "training.learning_rate: must be a number above 0 or a learning rate schedule (its name, or an object "
        "with 'type'), got 0",
    ),
    "learning_rate_schedule": (
        net(DENSE, training={"learning_rate": {"type": "CosineDecay", "initial_learning_rate": 0.1}}),
        "training.learning_rate: CosineDecay needs 'decay_steps'",
    ),
    "learning_rate_twice": (
        net(DENSE, training={"optimizer": {"type": "Adam", "learning_rate": 0.1}, "learning_rate": 0.01}),
        "training.learning_rate: learning_rate is 0.01, but training.optimizer.learning_rate is 0.1",
        "  hint: leave one of them out",
    ),
    "optimizer_misspelt": (
        net(DENSE, training={"optimizer": "adm"}),
        "training.optimizer: unknown optimizer 'adm'",
        "  allowed: ..., adam, adam_w, ..., adamax, ..., adamw, ..., Lamb, lamb, ..., Nadam, nadam, ...",
        "  hint: did you mean 'adam'?",
    ),
    "optimizer_number": (
        net(DENSE, training={"optimizer": 3}),
        "training.optimizer: must be an optimizer (its name, or an object with 'type'), got 3",
    ),
    "optimizer_lr": (
        net(DENSE, training={"optimizer": {"type": "Adam", "lr": 0.1}}),
        "training.optimizer.lr: unknown argument 'lr' of Adam",
        "  allowed: amsgrad, ..., clipnorm, clipvalue, ..., ema_overwrite_frequency, epsilon, "
        "global_clipnorm, ..., learning_rate, loss_scale_factor, ...",
        "  hint: did you mean 'learning_rate'?",
    ),
    "optimizer_schedule": (
        net(
            DENSE,
            training={
                "optimizer": {
                    "type": "Adam",
                    "learning_rate": {
                        "type": "ExponentialDecay",
                        "initial_learning_rate": 0.1,
                        "decay_steps": 0,
                        "decay_rate": 0.9,
                    },
                }
            },
        ),
        "training.optimizer.learning_rate.decay_steps: must be an integer of at least 1, got 0",
    ),
    "loss_misspelt": (
        net(DENSE, training={"loss": "binary_crossentrop"}),
        "training.loss: unknown loss 'binary_crossentrop'",
        "  allowed: ..., binary_crossentropy, binary_focal_crossentropy, BinaryCrossentropy, "
        "BinaryFocalCrossentropy, categorical_crossentropy, categorical_focal_crossentropy, ..., "
        "CategoricalCrossentropy, ..., sparse_categorical_crossentropy, ...",
        "  hint: did you mean 'binary_crossentropy'?",
    ),
    "loss_argument": (
        net(DENSE, training={"loss": {"type": "Huber", "delta": 0}}),
        "training.loss.delta: must be a number above 0, got 0",
    ),
    "loss_that_no_output_takes": (
        net(
            dense(name="a"),
            dense(name="b"),
            outputs={"x": {"node": "a", "loss": "mse", "metrics": []}, "y": {"node": "b", "loss": "mae"}},
            training={"loss": "mse", "metrics": ["mae"]},
        ),
        "training.loss: is not used: every output has its own 'loss'",
        "  hint: leave it out here, or in the outputs",
    ),
    "metrics_that_no_output_takes": (
        net(dense(name="a"), outputs={"x": {"node": "a", "metrics": []}}, training={"metrics": ["mae"]}),
        "training.metrics: is not used: every output has its own 'metrics'",
        "  hint: leave it out here, or in the outputs",
    ),
    "metrics_text": (
        net(DENSE, training={"metrics": "accuracy"}),
        "training.metrics: must be a list, each a metric (its name, or an object with 'type'), got 'accuracy'",
        "  hint: a list of one is written ['accuracy']",
    ),
    "metric_misspelt": (
        net(DENSE, training={"metrics": ["mse", "accuray"]}),
        "training.metrics[1]: unknown metric 'accuray'",
        "  allowed: acc, Accuracy, accuracy, ..., binary_accuracy, ..., BinaryAccuracy, ..., categorical_accuracy, "
        "..., CategoricalAccuracy, ..., TopKCategoricalAccuracy, ...",
        "  hint: did you mean 'accuracy'?",
    ),
    "metric_of_a_kind": (
        net(DENSE, training={"metrics": ["crossentropy"]}),
        "training.metrics[0]: unknown metric 'crossentropy'",
        "  allowed: ..., binary_crossentropy, ..., BinaryCrossentropy, ..., categorical_crossentropy, ..., "
        "CategoricalCrossentropy, ..., log_cosh_error, ..., poisson, ..., sparse_categorical_crossentropy, ..., "
        "SparseCategoricalCrossentropy, ...",
        "  hint: write which: 'binary_crossentropy', 'categorical_crossentropy' or 'sparse_categorical_crossentropy'",
    ),
    "metric_as_loss": (
        net(DENSE, training={"loss": "accuracy"}),
        "training.loss: unknown loss 'accuracy'",
        "  allowed: ..., Circle, circle, ..., ctc, ..., Gamma, gamma, ..., Huber, huber, ..., "
        "SparseCategoricalCrossentropy, ...",
        "  hint: 'accuracy' is a metric: it can be watched under 'metrics', but a training needs a loss to descend",
    ),
    "quantiles_missing": (
        net(DENSE, training={"loss": "quantile"}),
        "training.loss: Quantile needs 'quantiles'",
        "  hint: write it as an object with 'type': 'quantile'",
    ),
    "quantiles_out_of_order": (
        net(DENSE, training={"loss": {"type": "Quantile", "quantiles": [0.5, 0.1]}}),
        "training.loss.quantiles: must be a list of 1 to 99, each a number from 1e-06 to 0.999999 and larger than "
        "the one before, got [0.5, 0.1]",
    ),
    "quantiles_without_the_median": (
        net(DENSE, training={"loss": {"type": "Quantile", "quantiles": [0.1, 0.9]}}),
        "training.loss.quantiles: quantiles of Quantile must contain 0.5, which predict returns",
        "  hint: add it: [0.1, 0.5, 0.9]",
    ),
    "quantiles_of_a_layer": (
        net(dense(activation={"type": "OrderedQuantiles", "quantiles": [0.5, 1]})),
        "layers[0].activation.quantiles: must be a list of 1 to 99, each a number from 1e-06 to 0.999999 and larger "
        "than the one before, got [0.5, 1]",
    ),
    "early_stopping_number": (
        net(DENSE, training={"early_stopping": 5}),
        "training.early_stopping: must be true, false, or an object with any of min_delta, monitor, patience, "
        "restore_best, got 5",
    ),
    "early_stopping_unknown_key": (
        net(DENSE, training={"early_stopping": {"patince": 5}}),
        "training.early_stopping.patince: unknown key",
        "  allowed: min_delta, monitor, patience, restore_best",
        "  hint: did you mean 'patience'?",
    ),
    "early_stopping_param": (
        net(DENSE, params={"stop": {"patince": 3}}, training={"early_stopping": "$stop"}),
        "training.early_stopping.patince: unknown key",
        "  allowed: min_delta, monitor, patience, restore_best",
        "  hint: did you mean 'patience'?",
    ),
    "patience_negative": (
        net(DENSE, training={"early_stopping": {"patience": -1}}),
        "training.early_stopping.patience: must be an integer of at least 0, got -1",
    ),
    "min_delta_negative": (
        net(DENSE, training={"early_stopping": {"min_delta": -1}}),
        "training.early_stopping.min_delta: must be a number of at least 0, got -1",
    ),
    "restore_best_text": (
        net(DENSE, training={"early_stopping": {"restore_best": "yes"}}),
        "training.early_stopping.restore_best: must be true or false, got 'yes'",
    ),
    "monitor_without_validation": (
        net(DENSE, training={"early_stopping": {"monitor": "val_loss"}, "validation_fraction": 0}),
        "training.early_stopping.monitor: 'val_loss' needs validation data, but training.validation_fraction is 0",
    ),
    "class_weight_text": (
        net(DENSE, training={"class_weight": "balance"}),
        "training.class_weight: must be 'balanced' or an object whose values are each a number of at least 0, "
        "got 'balance'",
        "  hint: did you mean 'balanced'?",
    ),
    "class_weight_list": (
        net(DENSE, training={"class_weight": [1, 2]}),
        "training.class_weight: must be 'balanced' or an object whose values are each a number of at least 0, "
        "got [1, 2]",
    ),
    "class_weight_negative": (
        net(DENSE, training={"class_weight": {"a": -1}}),
        "training.class_weight: must be 'balanced' or an object whose values are each a number of at least 0, "
        "got {'a': -1}",
    ),
    "label_smoothing_1": (
        net(DENSE, training={"label_smoothing": 1}),
        "training.label_smoothing: must be a number of at least 0 and below 1, got 1",
    ),
    "precision_unknown": (
        net(DENSE, training={"precision": "mixed_float61"}),
        "training.precision: must be 'float32', 'float64', 'mixed_bfloat16' or 'mixed_float16', got 'mixed_float61'",
        "  hint: did you mean 'mixed_float16'?",
    ),
    "gradient_accumulation_zero": (
        net(DENSE, training={"gradient_accumulation": 0}),
        "training.gradient_accumulation: must be an integer of at least 1, got 0",
    ),
    # search
    "search_list": (net(DENSE, search=[]), "search: must be an object of addresses and spaces, got []"),
    "search_misspelt": (
        net(dense("$hidden"), params={"hidden": 4}, search={"hiden": [1]}),
        "search.hiden: no such address",
        "  allowed: hidden, ..., training__epochs, training__gradient_accumulation, "
        "training__label_smoothing, ..., training__loss, training__metrics, ..., training__shuffle, "
        "training__validation, ...",
        "  hint: did you mean 'hidden'?",
    ),
    "search_by_number": (
        net(dense(name="stem"), search={"layers__0__units": [1]}),
        "search.layers__0__units: no such address",
        "  allowed: layers__stem__activation, ..., layers__stem__bias_initializer, ..., layers__stem__dtype, "
        "..., layers__stem__kernel_initializer, ..., layers__stem__lora_rank, layers__stem__trainable, "
        "layers__stem__units, layers__stem__use_bias, ...",
        "  hint: did you mean 'layers__stem__units'?",
    ),
    "search_argument_misspelt": (
        net(dense(name="stem"), search={"layers__stem__unit": [1]}),
        "search.layers__stem__unit: no such address",
        "  allowed: layers__stem__activation, ..., layers__stem__bias_constraint, "
        "layers__stem__bias_initializer, ..., layers__stem__dtype, ..., layers__stem__lora_rank, "
        "layers__stem__trainable, layers__stem__units, layers__stem__use_bias, ...",
        "  hint: did you mean 'layers__stem__units'?",
    ),
    "search_of_an_unnamed_node": (
        net(DENSE, search={"layers__dense_1__units": [1]}),
        "search.layers__dense_1__units: no such address",
        "  allowed: training__batch_size, ..., training__early_stopping__min_delta, "
        "training__early_stopping__monitor, ..., training__epochs, ..., training__loss, training__metrics, "
        "..., training__optimizer__use_ema, training__optimizer__weight_decay, ...",
        "  hint: only nodes that have a 'name' have addresses",
    ),
    "search_bare_learning_rate": (
        net(DENSE, search={"learning_rate": [0.1]}),
        "search.learning_rate: no such address",
        "  allowed: training__batch_size, ..., training__epochs, ..., training__learning_rate, ..., "
        "training__optimizer, ..., training__optimizer__learning_rate, ..., training__precision, "
        "training__shuffle, training__validation, ...",
        "  hint: did you mean 'training__learning_rate'?",
    ),
    "space_empty": (net(DENSE, search={"training__epochs": []}), "search.training__epochs: needs at least one value"),
    "space_number": (
        net(DENSE, search={"training__epochs": 3}),
        "search.training__epochs: must be a list of values, or an object with one of int, log_int, "
        "log_uniform, uniform, got 3",
    ),
    "space_expression": (
        net(dense("$n"), params={"n": 3}, search={"training__epochs": "$n"}),
        "search.training__epochs: must be a list of values, or an object with one of int, log_int, "
        "log_uniform, uniform, got '$n'",
    ),
    "space_empty_object": (
        net(DENSE, search={"training__epochs": {}}),
        "search.training__epochs: must be a list of values, or an object with one of int, log_int, "
        "log_uniform, uniform, got {}",
    ),
    "space_of_two_kinds": (
        net(DENSE, search={"training__epochs": {"int": [1, 2], "uniform": [1, 2]}}),
        "search.training__epochs: must be a list of values, or an object with one of int, log_int, "
        "log_uniform, uniform, got {'int': [1, 2], 'uniform': [1, 2]}",
    ),
    "space_misspelt": (
        net(DENSE, search={"training__epochs": {"loguniform": [1, 2]}}),
        "search.training__epochs: must be a list of values, or an object with one of int, log_int, "
        "log_uniform, uniform, got {'loguniform': [1, 2]}",
        "  hint: did you mean 'log_uniform'?",
    ),
    "range_upside_down": (
        net(DENSE, search={"training__epochs": {"int": [5, 2]}}),
        "search.training__epochs.int: the lowest value must be below the highest, got [5, 2]",
    ),
    "range_of_one": (
        net(DENSE, search={"training__epochs": {"int": [2, 2]}}),
        "search.training__epochs.int: the lowest value must be below the highest, got [2, 2]",
    ),
    "range_of_fractions": (
        net(DENSE, search={"training__epochs": {"int": [1.5, 2]}}),
        "search.training__epochs.int: must be a list of two integers, lowest and highest, got [1.5, 2]",
    ),
    "range_with_true": (
        net(DENSE, search={"training__epochs": {"log_int": [True, 5]}}),
        "search.training__epochs.log_int: must be a list of two integers, lowest and highest, got [true, 5]",
    ),
    "range_of_three": (
        net(DENSE, search={"training__learning_rate": {"uniform": [0, 1, 2]}}),
        "search.training__learning_rate.uniform: must be a list of two numbers, lowest and highest, got [0, 1, 2]",
    ),
    "range_of_text": (
        net(DENSE, search={"training__learning_rate": {"uniform": ["a", "b"]}}),
        "search.training__learning_rate.uniform: must be a list of two numbers, lowest and highest, got ['a', 'b']",
    ),
    "range_logarithmic_from_zero": (
        net(DENSE, search={"training__learning_rate": {"log_uniform": [0, 1]}}),
        "search.training__learning_rate.log_uniform: both ends of a logarithmic range must be above 0, got [0, 1]",
    ),
    "range_a_number": (
        net(DENSE, search={"training__learning_rate": {"uniform": 1}}),
        "search.training__learning_rate.uniform: must be a list of two numbers, lowest and highest, got 1",
    ),
    # several at once, in the order of the file
    "several": (
        {
            "trainig": {},
            "params": {"width": 3},
            "layers": [{"type": "Dens"}, dense(-1, activation="rellu")],
            "training": {"epochs": 0},
            "search": {"x": []},
        },
        "trainig: unknown key",
        "  allowed: ..., about, ..., description, inputs, ..., name, nnbuild, ..., params, search, training",
        "  hint: did you mean 'training'?",
        "params.width: is never used",
        "layers[0].type: unknown layer type 'Dens'",
        "  allowed: ..., Dense, ..., EinsumDense, ..., Flatten, ..., Identity, ..., Pipeline, ..., Reshape, "
        "Residual, Resizing, ...",
        "  hint: did you mean 'Dense'?",
        "layers[1].units: must be an integer of at least 1, got -1",
        "layers[1].activation: unknown activation 'rellu'",
        "  allowed: celu, elu, ..., gelu, ..., leaky_relu, ..., relu, relu6, selu, ..., squareplus, ...",
        "  hint: did you mean 'relu'?",
        "training.epochs: must be an integer of at least 1, got 0",
        "search.x: no such address",
        "  allowed: ..., training__optimizer__loss_scale_factor, training__optimizer__use_ema, "
        "training__optimizer__weight_decay, training__precision, training__shuffle, training__validation, "
        "training__validation_fraction, width",
        "search.x: needs at least one value",
    ),
    "several_in_another_order": (
        {
            "training": {"epochs": 0},
            "layers": [dense(-1)],
            "params": {"width": 3},
            "blocks": {"fc": {"layers": [dense(-2)]}},
        },
        "training.epochs: must be an integer of at least 1, got 0",
        "layers[0].units: must be an integer of at least 1, got -1",
        "params.width: is never used",
        "blocks.fc.layers[0].units: must be an integer of at least 1, got -2",
    ),
}
