"""Wrong recipes and their messages: factors of layers, weight decay and factor schedules."""

from cases import DENSE, dense, net, residual

FACTOR = "a number of at least 0 or an object whose values are each a number of at least 0"
COSINE_DECAY = {"type": "CosineDecay", "initial_learning_rate": 0.1, "decay_steps": 4}

FACTORS = {
    "factor_negative": (
        net(dense(learning_rate_factor=-1)),
        f"layers[0].learning_rate_factor: must be {FACTOR}, got -1",
    ),
    "factor_of_a_weight_negative": (
        net(dense(weight_decay_factor={"bias": -0.5})),
        f"layers[0].weight_decay_factor: must be {FACTOR}, got {{'bias': -0.5}}",
    ),
    "factor_misspelt": (
        net(dense(learning_rate_factr=2)),
        "layers[0].learning_rate_factr: unknown argument 'learning_rate_factr' of Dense",
        "  allowed: ..., bias_constraint, bias_initializer, bias_regularizer, ..., kernel_constraint, "
        "kernel_initializer, kernel_regularizer, lora_alpha, lora_rank, ...",
        "  hint: did you mean 'learning_rate_factor'?",
    ),
    "factor_of_a_composite": (
        net(residual(DENSE, weight_decay_factor=0)),
        "layers[0].weight_decay_factor: unknown key 'weight_decay_factor' of Residual",
        "  allowed: activation, inputs, layers, name, shortcut, type",
        "  hint: set it in the nodes with weights",
    ),
    "factor_of_an_inner_layer": (
        net({"type": "TimeDistributed", "layer": dense(learning_rate_factor=2)}),
        "layers[0].layer.learning_rate_factor: unknown argument 'learning_rate_factor' of Dense",
    ),
    "default_factor_negative": (
        net(DENSE, defaults={"weight_decay_factor": {"bias": -1}}),
        f"defaults.weight_decay_factor: must be {FACTOR}, got {{'bias': -1}}",
    ),
    "default_factor_misspelt": (
        net(DENSE, defaults={"weight_decay_facto": 0}),
        "defaults.weight_decay_facto: unknown argument 'weight_decay_facto': no layer has it",
        "  hint: did you mean 'weight_decay_factor'?",
    ),
    "weight_decay_negative": (
        net(DENSE, training={"weight_decay": -0.1}),
        "training.weight_decay: must be a number of at least 0, got -0.1",
    ),
    "weight_decay_twice": (
        net(DENSE, training={"optimizer": {"type": "AdamW", "weight_decay": 0.1}, "weight_decay": 0.2}),
        "training.weight_decay: weight_decay is 0.2, but training.optimizer.weight_decay is 0.1",
        "  hint: leave one of them out",
    ),
    "factor_schedule_misspelt": (
        net(DENSE, training={"schedules": {"learning_rate": "WarmupCosin", "weight_decay": "Cosine"}}),
        "training.schedules.learning_rate: unknown factor schedule 'WarmupCosin'",
        "  allowed: cos_log, Cosine, cosine, CosLog, flat_cosine, FlatCosine, warmup_cosine, WarmupCosine",
        "  hint: did you mean 'WarmupCosine'?",
    ),
    "factor_schedule_argument": (
        net(DENSE, training={"schedules": {"dropout": {"type": "FlatCosine", "flat": 1}}}),
        "training.schedules.dropout.flat: must be a number of at least 0 and below 1, got 1",
    ),
    "factor_schedule_of_another_value": (
        net(DENSE, training={"schedules": {"momentum": "Cosine"}}),
        "training.schedules.momentum: unknown key",
        "  allowed: dropout, learning_rate, weight_decay",
    ),
    "factor_schedules_by_name": (
        net(DENSE, training={"schedules": "Cosine"}),
        "training.schedules: must be an object with any of dropout, learning_rate, weight_decay, got 'Cosine'",
    ),
    "learning_rate_scheduled_twice": (
        net(DENSE, training={"learning_rate": COSINE_DECAY, "schedules": {"learning_rate": "Cosine"}}),
        "training.schedules.learning_rate: multiplies a constant learning rate, but the learning rate is the schedule "
        "'CosineDecay'",
        "  hint: remove one of them",
    ),
}
