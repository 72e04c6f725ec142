"""Wrong recipes and their messages: inputs, outputs, params and defaults."""

from cases import DENSE, dense, net, repeat

# Name: recipe and the lines of its message.
GRAPHS = {
    "inputs_empty": (net(dense(inputs=[])), "layers[0].inputs: must be a non-empty list of names, got []"),
    "inputs_unknown": (
        net(dense(name="stem"), dense(inputs=["stam"])),
        "layers[1].inputs[0]: node 'stam' is not defined in this scope",
        "  allowed: input, stem",
        "  hint: did you mean 'stem'?",
    ),
    "inputs_inside_a_repeat": (
        net(repeat(dense(name="a"), times=2), {"type": "Add", "inputs": ["a", "input"]}),
        "layers[1].inputs[0]: node 'a' is not defined in this scope",
        "  allowed: input, repeat_1",
        "  hint: it is inside 'repeat_1': use 'repeat_1', which is its output",
    ),
    "inputs_outside_a_block": (
        net(dense(name="stem"), {"type": "fc"}, blocks={"fc": {"layers": [dense(inputs=["stem"])]}}),
        "blocks.fc.layers[0].inputs[0]: node 'stem' is not defined in this scope",
        "  hint: a block can use only its own nodes: pass others in the 'inputs' of its call",
    ),
    "feed_in_a_ring": (
        net({"type": "Add", "name": "a", "inputs": ["input", "c"]}, dense(name="b"), dense(name="c")),
        "layers[0].inputs[1]: 'a' and 'b' form a cycle: a -> b -> c -> a",
    ),
    "repeats_of_no_iteration_feed_each_other": (
        net(repeat(DENSE, times=0, name="a", inputs=["b"]), repeat(DENSE, times=0, name="b", inputs=["a"])),
        "layers[0].inputs[0]: 'a' and 'b' form a cycle: a -> b -> a",
    ),
    "repeat_takes_itself": (
        net(repeat(dense(inputs=["repeat_1"]), times=1)),
        "layers[0].layers[0].inputs[0]: 'repeat_1.1.dense_1' is its own input",
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
    "recipe_inputs_list": (
        net(DENSE, inputs=["x"]),
        "inputs: must be a non-empty object of names and inputs, got ['x']",
    ),
    "recipe_input_list": (net(DENSE, inputs={"x": [3]}), "inputs.x: must be an object, got [3]"),
    "recipe_input_unknown_key": (
        net(DENSE, inputs={"x": {"shap": [3]}}),
        "inputs.x.shap: unknown key",
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
    "recipe_input_text_setting": (
        net(DENSE, inputs={"x": {"kind": "table", "max_tokens": 9, "split": "character"}}),
        "inputs.x.max_tokens: is only allowed for inputs of kind 'text' or 'ids'",
        "inputs.x.split: is only allowed for inputs of kind 'text'",
    ),
    "recipe_input_image_shape": (
        net(
            {"type": "Add", "inputs": ["x", "y"]},
            inputs={"x": {"kind": "image", "shape": [8, 8]}, "y": {"kind": "series", "shape": [8]}},
        ),
        "inputs.x.shape: must be [height, width, channels] for an input of kind 'image', got [8, 8]",
        "inputs.y.shape: must be [steps, channels] for an input of kind 'series', got [8]",
    ),
    "recipe_input_text_shape": (
        net(DENSE, inputs={"x": {"kind": "text", "shape": [9], "dtype": "int32"}}),
        "inputs.x.shape: is not allowed for inputs of kind 'text'",
        "  hint: output_sequence_length sets the number of tokens per text",
        "inputs.x.dtype: is not allowed for inputs of kind 'text'",
    ),
    "recipe_input_text_counted": (
        net(DENSE, inputs={"x": {"kind": "text", "output_mode": "tf_idf", "output_sequence_length": 9}}),
        "inputs.x.output_sequence_length: is only for output_mode 'int': 'tf_idf' returns one value per token "
        "of the vocabulary",
    ),
    "recipe_ids_of_counted_texts": (
        net(
            {"type": "Embedding", "input_dim": "auto", "output_dim": 2},
            inputs={"x": {"kind": "text", "output_mode": "tf_idf"}},
        ),
        "layers[0].input_dim: input_dim 'auto' requires an input of kind 'ids' or 'text', got 'x' with "
        "output_mode 'tf_idf'",
    ),
    "recipe_ids_of_an_input_of_numbers": (
        net({"type": "Embedding", "input_dim": "auto", "output_dim": 2}),
        "layers[0].input_dim: input_dim 'auto' requires an input of kind 'ids' or 'text', got 'input'",
    ),
    "recipe_ids_inside_a_layer": (
        net(
            {"type": "TimeDistributed", "layer": {"type": "Embedding", "input_dim": "auto", "output_dim": 2}},
            inputs={"x": {"kind": "text"}},
        ),
        "layers[0]: a layer inside TimeDistributed can't have the vocabulary size 'auto'",
    ),
    "recipe_default_that_suits_no_layer": (
        net(DENSE, defaults={"units": "many"}),
        "defaults.units: must be an integer of at least 1, got 'many'",
    ),
    "recipe_input_called_output": (
        net(DENSE, inputs={"output": {}}),
        "inputs.output: 'output' is reserved for the output",
    ),
    "several_inputs": (
        net(DENSE, inputs={"a": {}, "b": {}}),
        "layers[0]: needs 'inputs': the recipe has several inputs (a, b)",
        '  hint: write "inputs": ["..."] with the name of its input',
    ),
    "input_not_used": (net(dense(inputs=["a"]), inputs={"a": {}, "b": {}}), "inputs.b: is never used"),
    "input_called_like_an_unnamed_node": (
        net(dense(), dense(), inputs={"dense_2": {}}),
        "inputs.dense_2: the name 'dense_2' is already used by layers[1]",
    ),
    "outputs_text": (
        net(DENSE, outputs="first"),
        "outputs: must be 'auto', 'last', or an object of names and outputs, got 'first'",
    ),
    "output_called_like_an_input": (
        net(DENSE, inputs={"x": {}}, outputs={"x": {}}),
        "outputs.x: 'x' is the name of an input, and of the output layer that is added without 'node'",
        '  hint: use another name, with "target": "x"',
    ),
    "output_called_like_a_node": (
        net(dense(name="y"), outputs={"y": {}}),
        "layers[0].name: the name 'y' is already used by the output layer",
    ),
    "output_task": (
        net(DENSE, outputs={"y": {"task": "binary"}}),
        "outputs.y.task: must be 'classification' or 'regression', got 'binary'",
    ),
    "auto_units_of_two_outputs": (
        net(
            dense("auto", name="a"),
            dense(name="b"),
            dense(name="c", inputs=["a"]),
            outputs={"x": {"node": "b"}, "y": {"node": "c"}},
        ),
        "layers[0].units: units 'auto' requires a layer of one output, but x, y depend on 'a'",
        "  hint: set a value",
    ),
    "auto_units_before_an_added_layer": (
        net(dense("auto", name="a"), outputs={"y": {}}),
        "layers[0].units: units 'auto' requires the last layer of an output, but one is added for 'y'",
        "  hint: set 'node' of this output to 'a', or set a value",
    ),
    "uncertainty_of_one_output": (
        net(DENSE, outputs={"y": {}}, training={"loss_weighting": "uncertainty"}),
        "training.loss_weighting: 'uncertainty' requires several outputs",
        "  hint: name them in 'outputs', or remove it",
    ),
    "output_node_unknown": (
        net(DENSE, outputs={"y": {"node": "dense_2"}}),
        "outputs.y.node: unknown node 'dense_2'",
        "  allowed: dense_1, input",
        "  hint: did you mean 'dense_1'?",
    ),
    "output_weight": (
        net(DENSE, outputs={"y": {"node": "dense_1", "weight": -1}}),
        "outputs.y.weight: must be a number of at least 0, got -1",
    ),
    "output_metrics": (
        net(DENSE, outputs={"y": {"node": "dense_1", "metrics": "accuracy"}}),
        "outputs.y.metrics: must be a list, each a metric (its name, or an object with 'type'), got 'accuracy'",
        "  hint: write a list of one item as ['accuracy']",
    ),
    "output_leaves_a_node_out": (
        net(DENSE, DENSE, outputs={"y": {"node": "dense_1"}}),
        "layers[1]: the output of 'dense_2' is not used",
        "  hint: name it in the 'inputs' of another node, or under 'outputs'",
    ),
    "params_list": (net(DENSE, params=[1]), "params: must be an object of names and values, got [1]"),
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
        net({"type": "Dense", "units": "$sizes"}, params={"sizes": ["$units"], "units": 1}),
        "params.sizes[0]: must be a plain value, got the expression '$units'",
        "  hint: a param must have a plain value; write '$units' where the param is used",
    ),
    "param_misspelt_activation": (
        net(dense(activation="$act"), params={"act": "rellu"}),
        "layers[0].activation: unknown activation 'rellu'",
        "  hint: did you mean 'relu'?; the value comes from params.act",
    ),
    "params_of_one_expression": (
        net(dense("$a - b"), params={"a": 2, "b": 3}),
        "layers[0].units: must be an integer of at least 1, got -1",
        "  hint: the value comes from params.a and params.b",
    ),
    "default_name": (
        net(DENSE, defaults={"name": "x", "inputs": ["x"]}),
        "defaults.name: 'name' can't have a default: it is a key of every node",
        "defaults.inputs: 'inputs' can't have a default: it is a key of every node",
    ),
    "defaults_list": (net(DENSE, defaults=[]), "defaults: must be an object of arguments and values, got []"),
    "default_no_layer_takes": (
        net(DENSE, defaults={"kernel_initialiser": "auto"}),
        "defaults.kernel_initialiser: unknown argument 'kernel_initialiser': no layer has it",
        "  hint: did you mean 'kernel_initializer'?",
    ),
    "default_wrong_once_for_two_layers": (
        net(dense(), dense(), defaults={"activation": "rellu"}),
        "defaults.activation: unknown activation 'rellu'",
        "  hint: did you mean 'relu'?",
    ),
}
