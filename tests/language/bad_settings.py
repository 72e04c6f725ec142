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
    "expression_unknown_function": (
        net(dense("$abs(n)"), params={"n": 1}),
        "layers[0].units: unknown function 'abs'",
        "  allowed: int, max, min, round",
    ),
    "expression_by_zero": (net(dense("$n / 0"), params={"n": 1}), "layers[0].units: '$n / 0' divides by zero"),
    "expression_fraction": (
        net(dense("$n / 3"), params={"n": 16}),
        "layers[0].units: must be an integer of at least 1, got 5.333333333333333",
        "  hint: from params.n",
    ),
    "units_too_large": (
        net(dense(2**63)),
        "layers[0].units: must be an integer of at least 1, got 9223372036854775808",
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
        "  allowed: dtype, embeddings_constraint, embeddings_initializer, ..., input_dim, ..., lora_rank, mask_zero, "
        "output_dim, trainable",
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
        "  allowed: batch_size, class_weight, early_stopping, epochs, ..., label_smoothing, ..., loss, "
        "metrics, ..., precision, ...",
        "  hint: did you mean 'epochs'?",
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
        "  allowed: ..., binary_crossentropy, ..., BinaryCrossentropy, ..., categorical_crossentropy, ..., "
        "CategoricalCrossentropy, ..., log_cosh_error, ..., poisson, ..., sparse_categorical_crossentropy, ..., "
        "SparseCategoricalCrossentropy, ...",
        "  hint: use 'binary_crossentropy', 'categorical_crossentropy' or 'sparse_categorical_crossentropy'",
    ),
    "metric_as_loss": (
        net(DENSE, training={"loss": "accuracy"}),
        "training.loss: unknown loss 'accuracy'",
        "  allowed: ..., Circle, circle, ..., ctc, ..., Gamma, gamma, ..., Huber, huber, ..., "
        "SparseCategoricalCrossentropy, ...",
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
    "quantiles_of_a_layer": (
        net(dense(activation={"type": "OrderedQuantiles", "quantiles": [0.5, 1]})),
        "layers[0].activation.quantiles: must be a list of 1 to 99 in increasing order, each a number from "
        "1e-06 to 0.999999, got [0.5, 1]",
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
    "search_list": (net(DENSE, search=[]), "search: must be an object of addresses and spaces, got []"),
    "search_misspelt": (
        net(dense("$hidden"), params={"hidden": 4}, search={"hiden": [1]}),
        "search.hiden: unknown address",
        "  allowed: hidden, ..., training__epochs, training__gradient_accumulation, "
        "training__label_smoothing, ..., training__loss, training__metrics, ..., training__shuffle, "
        "training__validation, ...",
        "  hint: did you mean 'hidden'?",
    ),
    "search_by_number": (
        net(dense(name="stem"), search={"layers__0__units": [1]}),
        "search.layers__0__units: unknown address",
        "  allowed: layers__stem__activation, ..., layers__stem__bias_initializer, ..., layers__stem__dtype, "
        "..., layers__stem__kernel_initializer, ..., layers__stem__lora_rank, layers__stem__trainable, "
        "layers__stem__units, layers__stem__use_bias, ...",
        "  hint: did you mean 'layers__stem__units'?",
    ),
    "search_of_an_unnamed_node": (
        net(DENSE, search={"layers__dense_1__units": [1]}),
        "search.layers__dense_1__units: unknown address",
        "  allowed: training__batch_size, ..., training__early_stopping__min_delta, "
        "training__early_stopping__monitor, ..., training__epochs, ..., training__loss, training__metrics, "
        "..., training__optimizer__use_ema, training__optimizer__weight_decay, ...",
        "  hint: a node needs a 'name' to have addresses",
    ),
    "search_bare_learning_rate": (
        net(DENSE, search={"learning_rate": [0.1]}),
        "search.learning_rate: unknown address",
        "  allowed: training__batch_size, ..., training__epochs, ..., training__learning_rate, ..., "
        "training__optimizer, ..., training__optimizer__learning_rate, ..., training__precision, "
        "training__shuffle, training__validation, ...",
        "  hint: did you mean 'training__learning_rate'?",
    ),
    "space_empty": (net(DENSE, search={"training__epochs": []}), "search.training__epochs: needs at least one value"),
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
    "range_logarithmic_from_zero": (
        net(DENSE, search={"training__learning_rate": {"log_uniform": [0, 1]}}),
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
        "search.x: unknown address",
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
        "training.epochs: must be an integer of at least 1, got 0",
        "training.batch_size: must be an integer of at least 1, got 0.5",
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
