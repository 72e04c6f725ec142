"""Wrong recipes and their messages: the document, nodes, arguments and names."""

from cases import DENSE, dense, net, repeat, residual

REFUSED = [
    "Lambda",
    "TFSMLayer",
    "TorchModuleWrapper",
    "FlaxLayer",
    "JaxLayer",
    "Input",
    "InputLayer",
    "MixUp",
    "CutMix",
    "MaxNumBoundingBoxes",
    "keras.layers.Dense",
    "os.system",
]

# Name: recipe and the lines of its message.
NODES = {
    "nothing": ({}, "needs 'layers'"),
    "layers_misspelt": (
        {"layer": [DENSE]},
        "layer: unknown key",
        "  allowed: ..., about, ..., description, estimator, ..., layers, name, ..., params, search, task, ...",
        "  hint: did you mean 'layers'?",
    ),
    "no_layers": ({"layers": []}, "layers: needs at least one node"),
    "version_2": (net(DENSE, nnbuild=2), "nnbuild: this version of nnbuild reads language version 1, got 2"),
    "version_true": (net(DENSE, nnbuild=True), "nnbuild: this version of nnbuild reads language version 1, got true"),
    "about_unknown_key": (
        net(DENSE, about={"papre": "x"}),
        "about.papre: unknown key",
        "  allowed: data, kind, paper, reason, target, uses",
        "  hint: did you mean 'paper'?",
    ),
    "about_text": (net(DENSE, about="me"), "about: must be an object, got 'me'"),
    "node_text": (net("Dense"), "layers[0]: a node must be an object with 'type', got 'Dense'"),
    "type_missing": (net({"units": 4}), "layers[0]: a node needs 'type'"),
    "type_misspelt": (
        net({"tpye": "Dense", "units": 4}),
        "layers[0]: a node needs 'type'",
        "  hint: did you mean 'type' instead of 'tpye'?",
    ),
    "type_number": (net({"type": 3}), "layers[0].type: must be a string, got 3"),
    "type_expression": (
        net({"type": "$kind", "units": 4}, params={"kind": "Dense"}),
        "layers[0].type: a type must be a class name, got the expression '$kind'",
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
    "needs_two": (net({"type": "Conv2D"}), "layers[0]: Conv2D needs 'filters' and 'kernel_size'"),
    "needs_one_of_two": (
        net({"type": "Conv2D", "filtrs": 3}),
        "layers[0]: Conv2D needs 'kernel_size'",
        "layers[0].filtrs: unknown argument 'filtrs' of Conv2D",
        "  hint: did you mean 'filters'?",
    ),
    "argument_unknown": (
        net(dense(colour="red")),
        "layers[0].colour: unknown argument 'colour' of Dense",
        "  allowed: activation, activity_regularizer, bias_constraint, bias_initializer, ..., "
        "kernel_constraint, ..., lora_alpha, lora_rank, ..., units, ...",
    ),
    "units_zero": (net(dense(0)), "layers[0].units: must be an integer of at least 1, got 0"),
    "dtype_unknown": (
        net(dense(dtype="float31")),
        "layers[0].dtype: must be 'bfloat16', 'float16', 'float32', 'float64', 'mixed_bfloat16' or 'mixed_float16' or "
        "null, got 'float31'",
        "  hint: did you mean 'float32'?",
    ),
    "activation_without_type": (
        net(dense(activation={"negative_slope": 0.1})),
        "layers[0].activation: this activation needs 'type'",
    ),
    "initializer_auto_of_bias": (
        net(dense(bias_initializer="auto")),
        "layers[0].bias_initializer: unknown initializer 'auto'",
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
        "  hint: did you mean 'L2'?",
    ),
    "wrapped_text": (
        net({"type": "TimeDistributed", "layer": "Dense"}),
        "layers[0].layer: Dense needs 'units'",
        "  hint: write it as an object with 'type': 'Dense'",
    ),
    "wrapped_name": (
        net({"type": "TimeDistributed", "layer": dense(name="a")}),
        "layers[0].layer.name: unknown argument 'name' of Dense",
    ),
    "wrapped_repeat": (
        net({"type": "TimeDistributed", "layer": repeat(DENSE, times=2)}),
        "layers[0].layer.type: Repeat can't be used inside a layer's argument",
        "  hint: write it as a separate node",
    ),
    "wrapped_block": (
        net({"type": "TimeDistributed", "layer": {"type": "fc"}}, blocks={"fc": {"layers": [DENSE]}}),
        "layers[0].layer.type: block 'fc' can't be used inside a layer's argument",
        "  hint: write it as a separate node",
    ),
    "wrapped_lambda": (
        net({"type": "TimeDistributed", "layer": {"type": "Lambda", "function": "print"}}),
        "layers[0].layer.type: Lambda can run code from the recipe and is refused",
        "  hint: register a layer class in Python and use its registered name",
    ),
    "cell_a_layer": (
        net({"type": "RNN", "cell": {"type": "LSTM", "units": 4}}),
        "layers[0].cell.type: unknown recurrent cell 'LSTM'",
        "  allowed: GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells",
        "  hint: did you mean 'LSTMCell'?",
    ),
    "cells_one_wrong": (
        net({"type": "RNN", "cell": [{"type": "LSTMCell", "units": 4}, {"type": "GRUCell", "unit": 4}]}),
        "layers[0].cell[1].unit: unknown argument 'unit' of GRUCell",
        "  hint: did you mean 'units'?",
    ),
    "name_too_long": (net(dense(name="a" * 101)), "layers[0].name: a name must have at most 100 characters, got 101"),
    "name_of_the_output": (
        net(dense(name="output")),
        "layers[0].name: the name 'output' is already used by the output layer",
    ),
    "name_of_the_input": (net(dense(name="input")), "layers[0].name: the name 'input' is already used by an input"),
    "name_twice": (net(dense(name="a"), dense(name="a")), "layers[1].name: the name 'a' is already used by layers[0]"),
    "name_of_an_unnamed_one_behind": (
        net(dense(name="dense_1"), dense()),
        "layers[0].name: the name 'dense_1' is already used by layers[1]",
    ),
    "name_in_residual": (
        net(residual(dense(name="add"))),
        "layers[0].layers[0].name: the name 'add' is already used by the Residual itself",
    ),
    "name_of_branch_merge": (
        net({"type": "Parallel", "branches": {"merge": [DENSE], "b": []}, "merge": "Add"}),
        "layers[0].branches.merge: 'merge' is reserved for the merging layer of the Parallel",
    ),
    "name_of_branch": (
        net({"type": "Parallel", "branches": {"a b": [DENSE]}, "merge": "Add"}),
        "layers[0].branches['a b']: must be a name: a letter, then letters, digits and single underscores, got 'a b'",
    ),
    "refused_layers": (
        net(*[{"type": name} for name in REFUSED]),
        "layers[0].type: Lambda can run code from the recipe and is refused",
        "  hint: register a layer class in Python and use its registered name",
        "layers[1].type: TFSMLayer runs a program from a file and is refused",
        "  hint: register a layer class in Python and use its registered name",
        "layers[2].type: TorchModuleWrapper contains code, which a recipe can't contain, and is refused",
        "  hint: register a layer class in Python and use its registered name",
        "layers[3].type: FlaxLayer contains code, which a recipe can't contain, and is refused",
        "  hint: register a layer class in Python and use its registered name",
        "layers[4].type: JaxLayer contains code, which a recipe can't contain, and is refused",
        "  hint: register a layer class in Python and use its registered name",
        "layers[5].type: Input is not a node",
        "  hint: define inputs under 'inputs', or omit them: they are derived from the data",
        "layers[6].type: InputLayer is not a node",
        "  hint: define inputs under 'inputs', or omit them: they are derived from the data",
        "layers[7].type: MixUp mixes images but not their labels and is refused",
        "  hint: mix rows and labels before fit, or use layers that change images alone, as RandomErasing does",
        "layers[8].type: CutMix combines images but not their labels and is refused",
        "  hint: mix rows and labels before fit, or use layers that change images alone, as RandomErasing does",
        "layers[9].type: MaxNumBoundingBoxes works on bounding boxes, which no recipe has, and is refused",
        "  hint: remove it: it does not change images",
        "layers[10].type: 'keras.layers.Dense' is a path into Python and is refused",
        "  hint: did you mean 'Dense'?",
        "layers[11].type: 'os.system' is a path into Python and is refused",
        "  hint: register a layer class in Python and use its registered name",
    ),
    "names_everywhere": (
        net(
            {"type": "a b"},
            repeat(dense("$x__y", name="1a"), over={"x__y": [4]}),
            inputs={"c d": {}},
            outputs={"e.f": {"node": "output"}},
            params={"2x": 1},
            blocks={"a b": {"params": {"g__h": 3}, "layers": [DENSE]}},
        ),
        "inputs['c d']: must be a name: a letter, then letters, digits and single underscores, got 'c d'",
        "outputs['e.f']: must be a name: a letter, then letters, digits and single underscores, got 'e.f'",
        "outputs['e.f'].node: unknown node 'output'",
        "  allowed: ab_1, c d, repeat_1",
        "params['2x']: must be a name: a letter, then letters, digits and single underscores, got '2x'",
        "blocks['a b']: must be a name: a letter, then letters, digits and single underscores, got 'a b'",
        "blocks['a b'].params.g__h: must be a name: a letter, then letters, digits and single underscores, got 'g__h'",
        "layers[1].over.x__y: must be a name: a letter, then letters, digits and single underscores, got 'x__y'",
        "layers[1].layers[0].name: must be a name: a letter, then letters, digits and single underscores, got '1a'",
    ),
}
