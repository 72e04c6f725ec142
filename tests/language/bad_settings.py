"""Wrong recipes and their messages: expressions, large numbers, training and search."""

from cases import DENSE, dense, net

# Name: recipe and the lines of its message.
SETTINGS = {
    "expression_unfinished": (
        net(dense("$n +"), params={"n": 1}),
        "layers[0].units: '$n +' is not an expression: a value is missing at the end",
    ),
    "expression_odd_character": (
        net(dense("$n & 2"), params={"n": 1}),
        "layers[0].units: '$n & 2' is not an expression: unexpected character '&'",
        "  hint: write a plain string as '$$n & 2'",
    ),
    "param_beyond_all_floats": (
        net(dense("$n"), params={"n": 10**400}),
        "layers[0].units: must be an integer of at least 1, got a number with too many digits",
        "  hint: sizes and counts are below 2**31; the value comes from params.n",
    ),
    "expression_beyond_all_floats": (
        net(dense("$n * 0"), params={"n": 10**400}),
        "layers[0].units: '$n * 0' is too large: its magnitude must be below 2**63",
    ),
    "range_beyond_all_floats": (
        net(DENSE, search={"training__epochs": {"int": [1, 10**400]}}),
        "search.training__epochs.int: must be a list of two integers, lowest and highest, "
        "got [1, a number with too many digits]",
    ),
    "units_too_large": (
        net(dense(2**63)),
        "layers[0].units: must be an integer of at least 1, got 9223372036854775808",
        "  hint: sizes and counts are below 2**31",
    ),
    "number_beyond_float32": (
        net(dense(bias_initializer={"type": "Constant", "value": 1e39})),
        "layers[0].bias_initializer.value: must be a number or a non-empty list, each a number, got 1e+39",
        "  hint: numbers are those of float32, up to 3.4e38",
    ),
    "two_ways_to_clip": (
        net(DENSE, training={"optimizer": {"type": "Adam", "clipnorm": 1, "clipvalue": 0.5}}),
        "training.optimizer.clipvalue: Adam takes one of clipnorm, clipvalue, global_clipnorm, got clipnorm and "
        "clipvalue",
        "  hint: keep only one of them",
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
    "boundaries_that_decrease": (
        net({"type": "Discretization", "bin_boundaries": [2.0, 1.0]}),
        "layers[0].bin_boundaries: bin_boundaries of Discretization must increase, got [2.0, 1.0]",
        "  hint: sort them",
    ),
    "empty_value_range": (
        net({"type": "RandomColorJitter", "value_range": [0, 0]}),
        "layers[0].value_range: value_range of RandomColorJitter must be the lowest and the highest value, got [0, 0]",
        "  hint: give [0, 255], or [0, 1] where the values are scaled",
    ),
    "ragged_tokens": (
        net({"type": "TextVectorization", "ragged": True}),
        "layers[0].ragged: TextVectorization returns ragged tensors, which no layer supports",
        "  hint: remove it: samples are padded",
    ),
    "image_sheared_to_a_line": (
        net({"type": "RandomShear", "x_factor": [1, 1], "y_factor": [1.0, 1.0]}),
        "layers[0].x_factor: x_factor and y_factor of RandomShear must not be [1, 1]: an image sheared so is a line",
        "  hint: give a range that starts below 1, such as [0, 0.3]",
    ),
    "image_augmented_to_a_line": (
        net({"type": "AugMix", "factor": [1.0, 1.0]}),
        "layers[0].factor: factor of AugMix must not be [1, 1]: an image sheared so is a line",
        "  hint: give a range that starts below 1, such as [0, 0.3]",
    ),
    "labels_without_multi_label": (
        net(DENSE, training={"metrics": [{"type": "AUC", "num_labels": 3}]}),
        "training.metrics[0].num_labels: num_labels of AUC requires multi_label",
        "  hint: add multi_label: true",
    ),
    "too_many_thresholds": (
        net(DENSE, training={"metrics": [{"type": "AUC", "num_labels": 2**16, "multi_label": True}]}),
        "training.metrics[0].num_thresholds: num_thresholds x num_labels of AUC must be at most 2097152, got 13107200",
        "  hint: use fewer thresholds",
    ),
    "class_id_too_large": (
        net(DENSE, training={"metrics": [{"type": "IoU", "num_classes": 3, "target_class_ids": [0, 3]}]}),
        "training.metrics[0].target_class_ids: target_class_ids of IoU has 3, but num_classes is 3",
        "  hint: give ids from 0 to 2",
    ),
    "model_in_a_wrapper": (
        net({"type": "TimeDistributed", "layer": {"type": "Sequential", "layers": [DENSE]}}),
        "layers[0].layer.type: Sequential is a model, not a layer of a recipe",
        "  hint: list its layers in order; inside another layer, use the 'layers' of a Pipeline",
    ),
    "seed_too_small": (
        net({"type": "Dropout", "rate": 0.5, "seed": -(10**20)}),
        "layers[0].seed: must be an integer or null, got -100000000000000000000",
        "  hint: integers are below 2**63",
    ),
    "keras_2_input_length": (
        net({"type": "Embedding", "input_dim": 8, "output_dim": 2, "input_length": 5}),
        "layers[0].input_length: unknown argument 'input_length' of Embedding",
        "  hint: Keras 3 removed it: remove it from the recipe",
    ),
    "keras_2_alpha": (
        net(dense(activation={"type": "LeakyReLU", "alpha": 0.1})),
        "layers[0].activation.alpha: unknown argument 'alpha' of LeakyReLU",
        "  allowed: dtype, negative_slope, trainable",
        "  hint: it is named 'negative_slope' in Keras 3",
    ),
    "training_unknown_key": (
        net(DENSE, training={"epoch": 3}),
        "training.epoch: unknown key",
        "  hint: did you mean 'epochs'?",
    ),
    "learning_rate_twice": (
        net(DENSE, training={"optimizer": {"type": "Adam", "learning_rate": 0.1}, "learning_rate": 0.01}),
        "training.learning_rate: learning_rate is 0.01, but training.optimizer.learning_rate is 0.1",
        "  hint: leave one of them out",
    ),
    "loss_that_no_output_takes": (
        net(
            dense(name="a"),
            dense(name="b"),
            outputs={"x": {"node": "a", "loss": "mse", "metrics": []}, "y": {"node": "b", "loss": "mae"}},
            training={"loss": "mse", "metrics": ["mae"]},
        ),
        "training.loss: is not used: every output has its own 'loss'",
        "  hint: remove it here or in the outputs",
    ),
    "metrics_that_no_output_takes": (
        net(dense(name="a"), outputs={"x": {"node": "a", "metrics": []}}, training={"metrics": ["mae"]}),
        "training.metrics: is not used: every output has its own 'metrics'",
        "  hint: remove it here or in the outputs",
    ),
    "metric_of_a_kind": (
        net(DENSE, training={"metrics": ["crossentropy"]}),
        "training.metrics[0]: unknown metric 'crossentropy'",
        "  hint: use 'binary_crossentropy', 'categorical_crossentropy' or 'sparse_categorical_crossentropy'",
    ),
    "metric_as_loss": (
        net(DENSE, training={"loss": "accuracy"}),
        "training.loss: unknown loss 'accuracy'",
        "  hint: 'accuracy' is a metric, not a loss: list it under 'metrics', and set a loss",
    ),
    "quantiles_missing": (
        net(DENSE, training={"loss": "quantile"}),
        "training.loss: Quantile needs 'quantiles'",
        "  hint: write it as an object with 'type': 'quantile'",
    ),
    "quantiles_out_of_order": (
        net(DENSE, training={"loss": {"type": "Quantile", "quantiles": [0.5, 0.1]}}),
        "training.loss.quantiles: must be a list of 1 to 99 in increasing order, each a number from 1e-06 to "
        "0.999999, got [0.5, 0.1]",
    ),
    "quantiles_without_the_median": (
        net(DENSE, training={"loss": {"type": "Quantile", "quantiles": [0.1, 0.9]}}),
        "training.loss.quantiles: quantiles of Quantile must contain 0.5, which predict returns",
        "  hint: add it: [0.1, 0.5, 0.9]",
    ),
    "early_stopping_number": (
        net(DENSE, training={"early_stopping": 5}),
        "training.early_stopping: must be true, false, or an object with any of min_delta, monitor, patience, "
        "restore_best, got 5",
    ),
    "early_stopping_param": (
        net(DENSE, params={"stop": {"patince": 3}}, training={"early_stopping": "$stop"}),
        "training.early_stopping.patince: unknown key",
        "  allowed: min_delta, monitor, patience, restore_best",
        "  hint: did you mean 'patience'?",
    ),
    "monitor_without_validation": (
        net(DENSE, training={"early_stopping": {"monitor": "val_loss"}, "validation_fraction": 0}),
        "training.early_stopping.monitor: 'val_loss' needs validation data, but training.validation_fraction is 0",
    ),
    "epochs_without_steps": (
        net(DENSE, training={"epochs": {"min": 5}}),
        "training.epochs: needs 'steps'",
        "  hint: set it to the number of steps of the training, or write the number of epochs",
    ),
    "epochs_limits": (
        net(DENSE, training={"epochs": {"steps": 100, "min": 5, "max": 4}}),
        "training.epochs: min is 5, but max is 4",
    ),
    "class_weight_text": (
        net(DENSE, training={"class_weight": "balance"}),
        "training.class_weight: must be 'balanced' or an object whose values are each a number of at least 0, "
        "got 'balance'",
        "  hint: did you mean 'balanced'?",
    ),
    "search_list": (net(DENSE, search=[]), "search: must be an object of addresses and spaces, got []"),
    "search_misspelt": (
        net(dense("$hidden"), params={"hidden": 4}, search={"hiden": [1]}),
        "search.hiden: unknown address",
        "  hint: did you mean 'hidden'?",
    ),
    "search_of_an_unnamed_node": (
        net(DENSE, search={"layers__dense_1__units": [1]}),
        "search.layers__dense_1__units: unknown address",
        "  hint: a node needs a 'name' to have addresses",
    ),
    "spaces": (
        net(
            DENSE,
            search={
                "training__epochs": [],
                "training__batch_size": {"int": [1, 2], "uniform": [1, 2]},
                "training__optimizer": {"loguniform": [1, 2]},
                "training__loss": {"int": [2, 2]},
                "training__metrics": {"int": [1.5, 2]},
                "training__shuffle": {"log_int": [True, 5]},
                "training__precision": {"uniform": [0, 1, 2]},
                "training__learning_rate": {"log_uniform": [0, 1]},
            },
        ),
        "search.training__epochs: needs at least one value",
        "search.training__batch_size: must be a list of values, or an object with one of int, log_int, "
        "log_uniform, uniform, got {'int': [1, 2], 'uniform': [1, 2]}",
        "search.training__optimizer: must be a list of values, or an object with one of int, log_int, "
        "log_uniform, uniform, got {'loguniform': [1, 2]}",
        "  hint: did you mean 'log_uniform'?",
        "search.training__loss.int: the lowest value must be below the highest, got [2, 2]",
        "search.training__metrics.int: must be a list of two integers, lowest and highest, got [1.5, 2]",
        "search.training__shuffle.log_int: must be a list of two integers, lowest and highest, got [true, 5]",
        "search.training__precision.uniform: must be a list of two numbers, lowest and highest, got [0, 1, 2]",
        "search.training__learning_rate.log_uniform: both ends of a logarithmic range must be above 0, got [0, 1]",
    ),
    "several": (
        {
            "trainig": {},
            "params": {"width": 3},
            "layers": [{"type": "Dens"}, dense(-1, activation="rellu")],
            "training": {"epochs": 0},
            "search": {"x": []},
        },
        "trainig: unknown key",
        "  hint: did you mean 'training'?",
        "params.width: is never used",
        "layers[0].type: unknown layer type 'Dens'",
        "  hint: did you mean 'Dense'?",
        "layers[1].units: must be an integer of at least 1, got -1",
        "layers[1].activation: unknown activation 'rellu'",
        "  hint: did you mean 'relu'?",
        "training.epochs: must be an integer of at least 1 or an object with any of 'steps', 'min', 'max', each "
        "an integer of at least 1, got 0",
        "search.x: unknown address",
        "search.x: needs at least one value",
    ),
    "several_in_another_order": (
        {
            "training": {"epochs": 0},
            "layers": [dense(-1)],
            "params": {"width": 3},
            "blocks": {"fc": {"layers": [dense(-2)]}},
        },
        "training.epochs: must be an integer of at least 1 or an object with any of 'steps', 'min', 'max', each "
        "an integer of at least 1, got 0",
        "layers[0].units: must be an integer of at least 1, got -1",
        "params.width: is never used",
        "blocks.fc.layers[0].units: must be an integer of at least 1, got -2",
    ),
    "training_values": (
        net(
            DENSE,
            training={
                "learning_rate": 0,
                "epochs": 0,
                "batch_size": 0.5,
                "shuffle": 1,
                "validation_fraction": 1,
                "validation": "first",
                "early_stopping": {"patience": -1, "min_delta": -1, "restore_best": "yes"},
                "class_weight": {"a": -1},
                "label_smoothing": 1,
                "precision": "mixed_float61",
                "gradient_accumulation": 0,
            },
        ),
        "training.learning_rate: must be a number above 0 or a learning rate schedule (its name, or an "
        "object with 'type'), got 0",
        "training.epochs: must be an integer of at least 1 or an object with any of 'steps', 'min', 'max', each "
        "an integer of at least 1, got 0",
        "training.batch_size: must be 'auto' or 'even' or an integer of at least 1, got 0.5",
        "training.shuffle: must be true or false, got 1",
        "training.validation_fraction: must be a number of at least 0 and below 1, got 1",
        "training.validation: must be 'last' or 'random', got 'first'",
        "training.early_stopping.patience: must be an integer of at least 0, got -1",
        "training.early_stopping.min_delta: must be a number of at least 0, got -1",
        "training.early_stopping.restore_best: must be true or false, got 'yes'",
        "training.class_weight: must be 'balanced' or an object whose values are each a number of at least "
        "0, got {'a': -1}",
        "training.label_smoothing: must be a number of at least 0 and below 1, got 1",
        "training.precision: must be 'float32', 'float64', 'mixed_bfloat16' or 'mixed_float16', got 'mixed_float61'",
        "  hint: did you mean 'mixed_float16'?",
        "training.gradient_accumulation: must be an integer of at least 1, got 0",
    ),
}
