"""Wrong ensembles and their messages."""

from cases import net

LAYERS = ({"type": "Dense", "units": "$width"}, {"type": "Dropout", "rate": "$dropout"})
PARAMS = {"width": 8, "dropout": 0.1}


def ensemble(**settings):
    return net(*LAYERS, params=PARAMS, training={"epochs": 3, "ensemble": settings})


def variants(*found):
    return ensemble(folds=2, variants=list(found))


FOLDS_HINT = "  hint: add folds, such as 8: the choice is made by predictions for held-out samples"

# Name: recipe and the lines of its message.
ENSEMBLES = {
    "ensemble_not_an_object": (
        net(*LAYERS, params=PARAMS, training={"ensemble": True}),
        "training.ensemble: must be an object, got true",
    ),
    "ensemble_key": (
        ensemble(fold=3),
        "training.ensemble.fold: unknown key",
        "  allowed: bootstrap, choose_epoch, folds, members, neighbors, temperature, variants, weights",
        "  hint: did you mean 'folds'?",
    ),
    "one_fold": (ensemble(folds=1), "training.ensemble.folds: must be an integer of at least 2, got 1"),
    "pooled_epoch_without_folds": (
        ensemble(choose_epoch="pooled"),
        "training.ensemble.choose_epoch: 'pooled' needs 'folds'",
        FOLDS_HINT,
    ),
    "weights_without_folds": (
        ensemble(weights="out_of_fold"),
        "training.ensemble.weights: 'out_of_fold' needs 'folds'",
        FOLDS_HINT,
    ),
    "temperature_without_folds": (
        ensemble(temperature=True),
        "training.ensemble.temperature: true needs 'folds'",
        FOLDS_HINT,
    ),
    "neighbors_without_folds": (
        ensemble(neighbors="dense_1"),
        "training.ensemble.neighbors: 'dense_1' needs 'folds'",
        FOLDS_HINT,
    ),
    "neighbors_of_an_unknown_node": (
        ensemble(folds=2, neighbors="dens_1"),
        "training.ensemble.neighbors: unknown node 'dens_1'",
        "  allowed: dense_1, dropout_1, input",
        "  hint: did you mean 'dense_1'?",
    ),
    "members_with_folds": (
        ensemble(folds=4, members=2),
        "training.ensemble.members: can't be combined with folds: there is a member per fold, 4 for each variant",
        "  hint: remove it",
    ),
    "no_variants": (
        variants(),
        "training.ensemble.variants: must be a list of 1 to 100, each an object whose values are each any value, "
        "got []",
    ),
    "variants_as_an_expression": (
        ensemble(variants="$width"),
        "training.ensemble.variants: must be a plain value, got the expression '$width'",
        "  hint: write the values; a variant sets them at params or addresses of the recipe",
    ),
    "variant_with_an_expression": (
        variants({}, {"dropout": "$width / 100"}),
        "training.ensemble.variants[1].dropout: must be a plain value, got the expression '$width / 100'",
        "  hint: write the values; a variant sets them at params or addresses of the recipe",
    ),
    "variant_of_an_unknown_param": (
        variants({"droput": 0.4}),
        "training.ensemble.variants[0].droput: unknown address",
        "  hint: did you mean 'dropout'?",
    ),
    "variant_of_the_ensemble": (
        variants({"training__ensemble__folds": 3}),
        "training.ensemble.variants[0].training__ensemble__folds: a variant can't change the ensemble itself",
    ),
    "values_of_variants": (
        variants({"dropout": 0.4}, {"width": 4, "dropout": 1.5}, {"width": 0}),
        "training.ensemble.variants[1].dropout: must be a number from 0 to 1, got 1.5",
        "  hint: the value would be set at layers[1].rate",
        "training.ensemble.variants[2].width: must be an integer of at least 1, got 0",
        "  hint: the value would be set at layers[0].units",
    ),
    "variant_with_another_loss": (
        variants({"dropout": 0.3, "training__loss": "mean_absolute_error"}),
        "training.ensemble.variants[0].training__loss: changes training.loss, which all members have in common",
    ),
}
