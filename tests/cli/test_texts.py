"""Language models, masked language models and translators on the command line: results, and mistakes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nnbuild
from cli.running import printed, run
from nnbuild.runs.data.texts import read_new_texts, read_texts
from nnbuild.runs.data.translations import read_translations
from nnbuild.runs.workflows.rows import LANGUAGE_MODEL

STORY = "".join(f"the {animal} sat on the mat.\n" for animal in ["cat", "dog", "owl", "hen"] * 8)
REVIEWS = pd.DataFrame({"text": STORY.splitlines(), "stars": range(32)})
PAIRS = pd.DataFrame(
    {"words": ["one two", "two one", "one one", "two two"] * 6, "digits": ["12", "21", "11", "22"] * 6}
)
EMBEDDING = {"type": "Embedding", "input_dim": "auto", "output_dim": 4}
TEXT = {"kind": "text", "split": "character", "standardize": None}
RECIPES = {
    "lm": {"estimator": "NNLanguageModel", "inputs": {"text": {**TEXT, "output_sequence_length": 8}}},
    "mlm": {"estimator": "NNMaskedLanguageModel", "inputs": {"text": {"kind": "text", "output_sequence_length": 8}}},
    "tr": {
        "estimator": "NNTranslator",
        "inputs": {"source": TEXT, "target": TEXT},
        "layers": [
            {**EMBEDDING, "inputs": ["source"]},
            {"type": "GlobalAveragePooling1D"},
            {"type": "Reshape", "target_shape": [1, 4], "name": "read"},
            {**EMBEDDING, "inputs": ["target"], "name": "so_far"},
            {"type": "Add", "inputs": ["so_far", "read"]},
        ],
    },
}
TRAINED = {"lm": ["story.txt"], "mlm": ["reviews.csv", "--column", "text"], "tr": ["pairs.csv"]}


def table(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with data files, a recipe and a model of each estimator, and the printed results of their training."""
    folder = tmp_path_factory.mktemp("texts")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("story.txt").write_text(STORY, "utf-8")
        REVIEWS.to_csv("reviews.csv", index=False)
        PAIRS.to_csv("pairs.csv", index=False)
        for name, text in FILES.items():
            Path(name).write_bytes(text)
        np.savez("arrays.npz", X=np.zeros((3, 2)))
        Path("nothing").mkdir()
        for name, recipe in RECIPES.items():
            whole = {"nnbuild": 1, "task": "tokens", "layers": [EMBEDDING], "training": {"epochs": 1}, **recipe}
            Path(f"{name}.json").write_text(json.dumps(whole), "utf-8")
            words = (f"{name}.json", "--data", *TRAINED[name], "--out", f"{name}.nnb", "--report", f"{name}.html")
            Path(f"{name}.run").write_text(printed("train", *words, "--json"), "utf-8")
    return folder


def test_held_out_texts_are_scored(here):
    found = {name: json.loads(Path(f"{name}.run").read_text("utf-8")) for name in RECIPES}
    sizes = {name: (one["data"]["n_train"], one["data"]["n_test"]) for name, one in found.items()}
    assert sum(sizes["lm"]) == len(STORY)
    assert sizes["lm"][1] == -(-len(STORY) // 5)
    assert sum(sizes["mlm"]) == sum(map(len, REVIEWS["text"]))
    assert sizes["tr"] == (19, 5)
    scores = {name: one["scores"] for name, one in found.items()}
    assert list(scores["lm"]["values"]) == ["bits_per_character", "perplexity"]
    assert list(scores["mlm"]["values"]) == ["accuracy", "bits_per_token"]
    assert list(scores["tr"]["values"]) == ["accuracy"]
    for one in scores.values():
        assert list(one["values"]) == list(one["baseline"]) == list(one["training"])
    assert "held-out characters; the baseline predicts the token frequencies" in Path("lm.html").read_text("utf-8")
    assert "held-out words; the baseline predicts the token frequencies" in Path("mlm.html").read_text("utf-8")
    shown = printed("show", "lm.nnb")
    n_train, n_test = sizes["lm"]
    assert "data       story.txt\n\ntask       prediction of the next token, as set by the recipe\n" in shown
    assert f"characters {n_train} to train, {n_test} to test\n" in shown
    assert "data       pairs.csv -> digits\n\ntask       translation of texts, as set" in printed("show", "tr.nnb")


def test_scores_are_those_of_the_estimator(here):
    lm, mlm, tr = (nnbuild.load(f"{name}.nnb") for name in RECIPES)
    texts = REVIEWS["text"].tolist()
    found = json.loads(printed("evaluate", "lm.nnb", "--data", "story.txt", "--json"))
    assert found["n_rows"] == len(STORY)
    assert found["values"]["bits_per_character"] == pytest.approx(lm.bits_per_character(STORY))
    assert found["values"]["perplexity"] == pytest.approx(lm.perplexity(STORY))
    shares = pd.Series(list(STORY)).value_counts(normalize=True)
    assert found["baseline"]["bits_per_character"] == pytest.approx(-(shares * np.log2(shares)).sum())
    assert found["baseline"]["perplexity"] == pytest.approx(2 ** found["baseline"]["bits_per_character"])
    found = json.loads(printed("evaluate", "mlm.nnb", "--data", "reviews.csv", "--json"))
    assert found["values"] == {"accuracy": mlm.score(texts), "bits_per_token": pytest.approx(mlm.bits_per_token(texts))}
    assert found["baseline"]["accuracy"] == pytest.approx(2 / 6)  # "the" is two of six words
    found = json.loads(printed("evaluate", "tr.nnb", "--data", "pairs.csv", "--json"))
    assert found["values"] == {"accuracy": tr.score(PAIRS["words"], PAIRS["digits"])}
    assert found["baseline"] == {"accuracy": 0.25}
    assert printed("evaluate", "tr.nnb", "--data", "pairs.csv").startswith(
        "data       24 rows of pairs.csv -> digits\n"
    )
    assert printed("evaluate", "lm.nnb", "--data", "story.txt").startswith(
        f"data       {len(STORY)} characters of story"
    )


def test_generated_text_is_that_of_the_estimator(here):
    lm = nnbuild.load("lm.nnb")
    options = ("-n", "12", "--temperature", "0.5", "--top-k", "5", "--top-p", "0.9", "--seed", "3")
    expected = lm.generate("the cat", 12, temperature=0.5, top_k=5, top_p=0.9, seed=3)
    assert printed("generate", "lm.nnb", "the cat", *options) == f"{expected}\n"
    assert printed("generate", "lm.nnb", "-", *options, input="the cat\n") == f"{expected}\n"
    stopped = lm.generate("", 200, stop=["a", "e"], seed=1)
    assert printed("generate", "lm.nnb", "--stop", "a", "--stop", "e", "--seed", "1") == f"{stopped}\n"


def test_translations_are_those_of_the_estimator(here):
    tr = nnbuild.load("tr.nnb")
    expected = tr.predict(["two one", "one"])
    assert printed("translate", "tr.nnb", "two one", "one").splitlines() == expected.tolist()
    assert printed("translate", "tr.nnb", "-", input="two one\none\n").splitlines() == expected.tolist()
    PAIRS.iloc[:4].assign(more=1).to_csv("new.csv", index=False)
    done = run("predict", "tr.nnb", "--data", "new.csv")
    assert done.stderr == "columns ignored, because the model does not use them: more\n"
    assert table(done.stdout)["digits"].tolist() == tr.predict(PAIRS["words"][:4]).tolist()
    best = table(printed("translate", "tr.nnb", "--data", "new.csv", "--n-candidates", "2"))
    texts, chances = tr.set_params(beam_width=2).predict_candidates(PAIRS["words"][:4])
    assert list(best) == ["words", "digits", "log_probability"]
    assert best["words"].tolist() == np.repeat(PAIRS["words"][:4], 2).tolist()
    assert best["digits"].tolist() == texts.ravel().tolist()
    np.testing.assert_allclose(best["log_probability"].astype(float), chances.ravel(), rtol=1e-12)


def test_training_starts_from_the_weights_of_a_masked_language_model(here):
    layers = [{**EMBEDDING, "name": "embedding_1", "trainable": False}, {"type": "GlobalAveragePooling1D"}]
    recipe = {"nnbuild": 1, "inputs": RECIPES["mlm"]["inputs"], "layers": layers, "training": {"epochs": 1}}
    Path("stars.json").write_text(json.dumps(recipe), "utf-8")
    words = ("stars.json", "--data", "reviews.csv", "--task", "regression", "--pretrained", "mlm.nnb")
    assert "--pretrained mlm.nnb" in printed("train", *words, "--out", "stars.nnb")
    given, kept = (nnbuild.load(f"{name}.nnb").model_.get_layer("embedding_1") for name in ("mlm", "stars"))
    np.testing.assert_array_equal(kept.get_weights()[0], given.get_weights()[0])


def test_a_model_that_was_saved_in_python(here):
    lm = nnbuild.load("lm.nnb")
    lm.save("own.nnb")
    found = json.loads(printed("evaluate", "own.nnb", "--data", "story.txt", "--json"))
    assert found["values"]["perplexity"] == pytest.approx(lm.perplexity(STORY))


def test_texts_are_read_in_several_forms(here):
    def texts(*words, **options):
        return read_texts(*words, LANGUAGE_MODEL, "character", **options).texts.tolist()

    Path("many").mkdir()
    Path("many/b.txt").write_bytes(b"\xef\xbb\xbfsecond\r\none\n")
    Path("many/a.txt").write_text("first\n\nx\n", "utf-8")
    assert texts("many") == ["first\n\nx\n", "second\none\n"]
    assert texts("many", by_line=True) == ["first", "x", "second", "one"]
    new = {column: read_new_texts("many", LANGUAGE_MODEL, "character", column) for column in ("text", "line")}
    assert [len(one.texts) for one in new.values()] == [2, 4]  # as in training
    assert texts("reviews.csv", column="text") == REVIEWS["text"].tolist()
    assert texts("story.txt") == [STORY]
    pairs = read_translations("three.csv", column="a", targets=("c",))
    assert (pairs.texts.tolist(), pairs.y.tolist()) == (["x"], ["z"])
    assert read_translations("three.csv", targets=("c",), column="b").text() == "three.csv: 1 row, b -> c"


def test_the_test_set_is_the_end_of_a_text_or_random_texts(here):
    whole = read_texts("story.txt", LANGUAGE_MODEL, "whitespace")
    train, test = whole.split(0.2, 0)
    assert train.texts[0] + test.texts[0] == STORY
    assert test.texts[0][0].isspace()  # words are not cut
    lines = read_texts("story.txt", LANGUAGE_MODEL, "character", by_line=True)
    train, test = lines.split(0.25, 1)
    assert len(test.texts) == 8
    assert test.texts.tolist() != lines.texts[-8:].tolist()
    assert sorted([*train.texts, *test.texts]) == sorted(lines.texts)
    for data in (whole, lines):
        assert len(data.sample(50)) == 50
        assert data.sample(10**6) is data


FILES = {
    "empty.txt": b"",
    "latin.txt": b"one\ncaf\xe9\n",
    "hole.csv": b"a,b\nx,y\nx,\n",
    "one.csv": b"a\nx\n",
    "three.csv": b"a,b,c\nx,y,z\n",
    "short.txt": b"the ca",
}
TEXTS = "a text file, a folder of text files, or a table with a column of texts"
TABLES = "a table with texts (.csv, .tsv, .csv.gz, .tsv.gz, .parquet)"
ALLOWED = f"a text file (.txt), a folder of text files, or {TABLES}"
LATIN = "save it as UTF-8, or in Python: Path(new).write_text(Path(old).read_text('latin-1'), 'utf-8')"
HINT = "pass --column SOURCE --target TARGET"
# Line: exit code and message. They are raised before the start of TensorFlow.
MISTAKES = {
    "train lm.json": (2, f"the recipe has no default data; pass a file with --data FILE: {TEXTS}"),
    "train small_bert_pretraining": (2, f"the recipe has no default data; pass a file with --data FILE: {TEXTS}"),
    "train tr.json": (
        2, "the recipe has no default data; pass a file with --data FILE: "
        "a table with a column of source texts and a column of target texts",
    ),
    "train story.txt": (2, "story.txt is a data file, not a recipe; pass it as --data story.txt"),
    "train --data story.txt": (
        1, "story.txt: unknown type of file\n"
        "  allowed: names that end in .csv, .csv.gz, .tsv, .tsv.gz, .parquet, .npz, .npy\n"
        "  hint: rename it to .csv or .tsv, if it is a table with a header; texts are for recipes such as 'small_gpt'",
    ),
    "train lm.json --data storry.txt": (1, "no such file: 'storry.txt'\n  hint: did you mean 'story.txt'?"),
    "train lm.json --data lm.nnb": (1, f"lm.nnb: unknown type of file\n  allowed: {ALLOWED}"),
    "train mlm.json --data arrays.npz": (1, f"arrays.npz: unknown type of file\n  allowed: {ALLOWED}"),
    "train lm.json --data empty.txt": (1, "empty.txt: is empty"),
    "train lm.json --data latin.txt": (
        1, f"latin.txt: is not UTF-8: line 2 has the byte 0xe9 (byte 8)\n  hint: {LATIN}",
    ),
    "train lm.json --data nothing": (1, f"nothing: contains no text files\n  allowed: {ALLOWED}"),
    "train mlm.json --data reviews.csv": (
        1, "reviews.csv: requires one column of texts, got 2: 'stars', 'text'\n"
        "  hint: pass the column of the texts as --column COLUMN",
    ),
    "train mlm.json --data reviews.csv --column tex": (
        1, "reviews.csv: has no column 'tex'\n  allowed: stars, text\n  hint: did you mean 'text'?",
    ),
    "train mlm.json --data hole.csv --column b": (
        1, "hole.csv: column 'b' has no text in line 3\n  hint: drop this row",
    ),
    "train lm.json --data story.txt --column text": (
        1, "story.txt: --column is only for tables, not for text files",
    ),
    "train lm.json --data one.csv --by-line": (
        1, "one.csv: --by-line is only for text files; each row of a table is a text",
    ),
    "train lm.json --data story.txt --target text": (
        2, "--target is not supported by NNLanguageModel",
    ),
    "train lm.json --data story.txt --members 2": (
        2, "--members is not supported by NNLanguageModel",
    ),
    "train tr.json --data pairs.csv --prepare none": (
        2, "--prepare is not supported by NNTranslator",
    ),
    "train tr.json --data pairs.csv --by-line": (
        2, "--by-line is not supported by NNTranslator",
    ),
    "train lm.json --data story.txt --weight w": (
        2, "--weight is not supported by NNLanguageModel",
    ),
    "train lm.json --data story.txt --test-data pairs.csv": (
        1, "pairs.csv: has no column 'text'\n  allowed: digits, words",
    ),
    "train tr.json --data story.txt": (1, f"story.txt: is not a table\n  allowed: {TABLES}"),
    "train tr.json --data one.csv": (
        1, f"one.csv: requires two columns, source and target texts, got 1: 'a'\n  hint: {HINT}",
    ),
    "train tr.json --data three.csv": (
        1, f"three.csv: requires two columns, source and target texts, got 3: 'a', 'b', 'c'\n  hint: {HINT}",
    ),
    "train tr.json --data three.csv --target a,b": (
        1, "three.csv: --target must be one column of texts, got 'a', 'b'",
    ),
    "train tr.json --data three.csv --column a --target a": (
        1, "three.csv: column 'a' is both --column and --target",
    ),
    "train tr.json --data hole.csv": (1, "hole.csv: column 'b' has no text in line 3\n  hint: drop this row"),
    "train lm.json --data story.txt --pretrained mlm.nnb": (
        2, "--pretrained is not supported by NNLanguageModel",
    ),
    "train mlp --data reviews.csv --pretrained story.txt": (
        1, "story.txt: is not a model file\n  hint: pass a file written by save of an estimator",
    ),
    "evaluate lm.nnb --data story.txt --target a": (
        2, "--target is not supported by NNLanguageModel",
    ),
    "predict tr.nnb --data pairs.csv --proba": (1, "tr.nnb: --proba is not supported for NNTranslator"),
    "generate lm.nnb the --temperature -1": (
        2, "Invalid value for '--temperature': -1.0 is not in the range x>=0.",
    ),
    "generate lm.nnb the --top-p 0": (2, "Invalid value for '--top-p': 0.0 is not in the range 0<x<=1."),
    "generate lm.nnb the -n 0": (2, "Invalid value for '-n' / '--max-new-tokens': 0 is not in the range x>=1."),
    "generate lm.nnb --stop=": (2, "Invalid value for --stop: the string is empty"),
    "generate lm.nnb -": (1, "standard input: is empty"),
    "generate ln.nnb the": (1, "ln.nnb: no such file\n  hint: did you mean 'lm.nnb'?"),
    "generate story.txt the": (
        1, "story.txt: is not a model file\n  hint: pass a file written by save of an estimator",
    ),
    "translate lm.nnb the": (2, "`nnbuild translate` is only for models of NNTranslator"),
    "translate tr.nnb": (2, "pass texts, - for the standard input, or a file of texts with --data FILE"),
    "translate tr.nnb one --n-candidates 0": (
        2, "Invalid value for '--n-candidates': 0 is not in the range x>=1.",
    ),
    "translate tr.nnb one --out tr.nnb": (
        1, "tr.nnb: is another file of this command\n  hint: choose another name",
    ),
    "translate tr.nnb --data story.txt": (1, f"story.txt: is not a table\n  allowed: {TABLES}"),
}  # fmt: skip
LATER = {
    "evaluate lm.nnb --data pairs.csv": (1, "pairs.csv: has no column 'text'\n  allowed: digits, words"),
    "train lm.json --data short.txt --quiet": (
        1, "short.txt: X has 8 characters, including starts and ends of texts, but a window requires 8 and the next one"
        "\n  hint: pass more text, or set a smaller output_sequence_length of the input",
    ),
    "evaluate tr.nnb --data hole.csv": (1, "hole.csv: has no column 'words'\n  allowed: a, b"),
    "translate tr.nnb --data hole.csv": (1, "hole.csv: has no column 'words'\n  allowed: a, b"),
    "predict tr.nnb --data hole.csv": (1, "hole.csv: has no column 'words'\n  allowed: a, b"),
    "generate lm.nnb THE": (
        1, "lm.nnb: prompt has characters that are not in the training text: 'E', 'H', 'T'\n"
        "  hint: remove them: the training text had 16 different characters",
    ),
}  # fmt: skip


def check_message(line: str, code: int, message: str) -> None:
    done = run(*line.split(), input="")
    assert (done.exit_code, done.stdout) == (code, "")
    assert (done.stderr.splitlines()[-1] if code == 2 else done.stderr) == (
        f"Error: {message}" if code == 2 else f"{message}\n"
    )


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_one_message_before_the_start_of_tensorflow(line, here, monkeypatch):
    def start():
        raise AssertionError("TensorFlow was started")

    monkeypatch.setattr("nnbuild.plan.symbolic.start_tensorflow", start)
    check_message(line, *MISTAKES[line])


@pytest.mark.parametrize("line", LATER)
def test_a_mistake_in_data_is_one_message(line, here):
    check_message(line, *LATER[line])
