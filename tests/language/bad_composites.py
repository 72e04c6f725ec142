"""Wrong recipes and their messages: blocks, Repeat, Residual and Parallel."""

from cases import DENSE, dense, net, parallel, repeat, residual

# Name: recipe and the lines of its message.
COMPOSITES = {
    "blocks_list": (net(DENSE, blocks=[]), "blocks: must be an object of names and blocks, got []"),
    "block_list": (
        net({"type": "fc"}, blocks={"fc": [DENSE]}),
        "blocks.fc: must be an object with 'layers', got [{'type': 'Dense', 'units': 4}]",
    ),
    "block_called_like_a_layer": (
        net(DENSE, blocks={"Dense": {"layers": [DENSE]}}),
        "blocks.Dense: 'Dense' is a class of Keras; a block needs another name",
    ),
    "block_called_like_a_composite": (
        net(DENSE, blocks={"Repeat": {"layers": [DENSE]}}),
        "blocks.Repeat: 'Repeat' is a composite; a block needs another name",
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
    "block_misspelt": (
        net({"type": "fcc"}, blocks={"fc": {"layers": [DENSE]}}),
        "layers[0].type: unknown layer type 'fcc'",
        "  hint: did you mean 'fc'?",
    ),
    "block_param_not_used": (
        net({"type": "fc"}, blocks={"fc": {"params": {"n": 3}, "layers": [DENSE]}}),
        "blocks.fc.params.n: is never used",
    ),
    "block_param_hides": (
        net({"type": "fc", "n": "$n"}, params={"n": 3}, blocks={"fc": {"params": {"n": 3}, "layers": [dense("$n")]}}),
        "blocks.fc.params.n: 'n' has the same name as params.n",
    ),
    "block_param_called_like_a_key": (
        net({"type": "fc"}, blocks={"fc": {"params": {"name": 3}, "layers": [dense("$name")]}}),
        "blocks.fc.params.name: 'name' is a key of every node and can't be a param",
    ),
    "block_sees_no_outer_param": (
        net({"type": "fc"}, dense("$n"), params={"n": 3}, blocks={"fc": {"layers": [dense("$n")]}}),
        "blocks.fc.layers[0].units: unknown param 'n'",
        "  hint: a block can use only its own params: define it in the block's 'params', and set it in the call",
    ),
    "block_call_unknown_key": (
        net({"type": "fc", "m": 3}, blocks={"fc": {"params": {"n": 3}, "layers": [dense("$n")]}}),
        "layers[0].m: unknown key 'm' of block 'fc'",
        "  allowed: inputs, n, name, type",
    ),
    "block_call_wrong_value": (
        net({"type": "fc"}, {"type": "fc", "n": "x"}, blocks={"fc": {"params": {"n": 3}, "layers": [dense("$n")]}}),
        "blocks.fc.layers[0].units: must be an integer of at least 1, got 'x'",
        "  hint: the problem occurs in the call at layers[1]",
    ),
    "block_default_wrong": (
        net(DENSE, blocks={"fc": {"params": {"n": "x"}, "layers": [dense("$n")]}}),
        "blocks.fc.layers[0].units: must be an integer of at least 1, got 'x'",
    ),
    "block_contains_itself": (
        net({"type": "b"}, blocks={"b": {"layers": [{"type": "b"}]}}),
        "blocks.b.layers[0].type: block 'b' contains itself: b -> b",
    ),
    "blocks_contain_each_other": (
        net({"type": "a"}, blocks={"a": {"layers": [{"type": "b"}]}, "b": {"layers": [{"type": "a"}]}}),
        "blocks.b.layers[0].type: block 'a' contains itself: a -> b -> a",
    ),
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
    "times_negative": (net(repeat(DENSE, times=-1)), "layers[0].times: must be an integer from 0 to 10000, got -1"),
    "times_too_many": (net(repeat(DENSE, times=10001)), "layers[0].times: at most 10000, got 10001"),
    "over_list": (
        net(repeat(DENSE, over=[1, 2])),
        "layers[0].over: must be a non-empty object of names and lists, got [1, 2]",
    ),
    "over_number": (
        net(repeat(dense("$u"), over={"u": 3})),
        "layers[0].over.u: must be a list of values, one for each iteration, got 3",
        "  hint: write a list of one item as [3]",
    ),
    "over_unequal": (
        net(repeat(dense("$u"), {"type": "Dropout", "rate": "$v"}, over={"u": [1, 2], "v": [1]})),
        "layers[0].over: the lists must have the same length: u has 2, v has 1",
    ),
    "over_not_used": (net(repeat(DENSE, over={"u": [1, 2]})), "layers[0].over.u: is never used"),
    "over_hides_a_param": (
        net(repeat(dense("$u"), over={"u": "$u"}), params={"u": [3]}),
        "layers[0].over.u: 'u' has the same name as params.u",
    ),
    "over_hides_another": (
        net(repeat(repeat(dense("$u"), over={"u": "$u"}), over={"u": [[1, 2], [3]]})),
        "layers[0].layers[0].over.u: 'u' has the same name as layers[0].over.u",
    ),
    "over_too_many": (
        net(repeat(dense("$u"), over={"u": [1] * 10001})),
        "layers[0].over: at most 10000 iterations, got 10001",
    ),
    "over_wrong_in_one_iteration": (
        net(repeat(dense("$u"), over={"u": [4, "x", 8]})),
        "layers[0].layers[0].units: must be an integer of at least 1, got 'x'",
        "  hint: the problem occurs in iteration 2 of layers[0]",
    ),
    "repeat_of_no_iteration_is_checked": (
        net(repeat(dense(0), times=0), DENSE),
        "layers[0].layers[0].units: must be an integer of at least 1, got 0",
    ),
    "residual_activation": (
        net(residual(DENSE, activation=3)),
        "layers[0].activation: must be an activation (its name, or an object with 'type') or null, got 3",
    ),
    "repeat_of_no_iteration_with_two_inputs": (
        net(dense(), dense(inputs=["input"]), repeat({"type": "Add"}, times=0, inputs=["dense_1", "dense_2"])),
        "layers[2]: takes 2 inputs, but runs 0 times",
    ),
    "residual_shortcut_text": (
        net(residual(DENSE, shortcut="none")),
        "layers[0].shortcut: must be 'auto' or a list of nodes, got 'none'",
    ),
    "residual_shortcut_empty": (net(residual(DENSE, shortcut=[])), "layers[0].shortcut: needs at least one node"),
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
        "layers[0].branches: must be a non-empty object of names and lists of nodes, got {}",
    ),
    "parallel_branch_an_object": (
        net(parallel(a=DENSE, b=[])),
        "layers[0].branches.a: must be a list of nodes, got {'type': 'Dense', 'units': 4}",
    ),
    "parallel_merge_misspelt": (
        net(parallel("Concat", a=[DENSE], b=[])),
        "layers[0].merge: must be a merging layer (its name, or an object with 'type'), got 'Concat'",
        "  allowed: Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract",
        "  hint: did you mean 'Concatenate'?",
    ),
    "parallel_merge_another_layer": (
        net(parallel({"type": "Dense", "units": 3}, a=[DENSE], b=[])),
        "layers[0].merge.type: must be a merging layer (its name, or an object with 'type'), got 'Dense'",
        "  allowed: Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract",
    ),
    "parallel_dot_of_three": (
        net(parallel({"type": "Dot", "axes": 1}, a=[DENSE], b=[DENSE], c=[DENSE])),
        "layers[0].merge: Dot takes 2 inputs, got 3",
        "  hint: merge them first, with a node of type Concatenate or Add",
    ),
}
