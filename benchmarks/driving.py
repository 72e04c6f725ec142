"""Benchmark segmentation, steering and latency on synthetic road scenes.

``python benchmarks/driving.py`` draws the scenes and trains the recipes `unet` and `pilotnet`. It compares their scores
on scenes of another seed with baselines, and times `predict` for single frames. Training times are CPU times.
``--only latency --models DIR`` times the models of an earlier run without training.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from gallery import lined
from PIL import Image
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import RidgeCV
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nnbuild
from nnbuild import NNClassifier, NNRegressor
from nnbuild.metrics import class_iou

sys.path.insert(0, str(Path(__file__).parents[1]))  # folder of `benchmarks`, if this runs as a script

from benchmarks.roads.scenes import ROAD_CLASSES, make_road_scenes

UNET_SIZE = (64, 192)  # divisible by 16, because of four poolings
UNET = {"filters": 8, "dropout": 0.1, "batch_size": 8, "epochs": 16}
PILOTNET = {"activation": "elu", "batch_size": 32, "epochs": 8}


def main() -> None:
    options = parse_options()
    options.models.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        print("\n".join(PARTS[name](options)), end="\n\n", flush=True)
    print(machine())


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    parser.add_argument(
        "--scenes", type=int, help="training scenes; by default 1,500 for segmentation and 6,000 for steering"
    )
    parser.add_argument("--test-scenes", type=int, default=400)
    parser.add_argument("--frames", type=int, default=500, help="frames to time")
    parser.add_argument("--models", type=Path, default=Path("driving_models"), help="folder of trained models")
    return parser.parse_args()


def segmentation(options: argparse.Namespace) -> list[str]:
    """Return a table of the intersection over union per class on test scenes."""
    n_scenes = options.scenes or 1500
    X, y, _ = make_road_scenes(n_scenes, UNET_SIZE, random_state=0)
    X_test, y_test, _ = make_road_scenes(options.test_scenes, UNET_SIZE, random_state=1)
    n_steps = UNET["epochs"] * -(-n_scenes // UNET["batch_size"])
    classifier = NNClassifier("unet", learning_rate=falling(0.004, n_steps), random_state=0, **UNET)
    fit_s = computing_s(lambda: classifier.fit(X, y))
    classifier.save(options.models / "unet.nnb")
    usual = np.stack([(y == number).mean(axis=0) for number in range(4)]).argmax(axis=0)
    found = {
        "`unet`": classifier.predict(X_test),
        "most frequent class per pixel position": np.broadcast_to(usual, y_test.shape),
    }
    rows = []
    for name, predicted in found.items():
        overlaps = class_iou(y_test, predicted, labels=range(4))
        shares = [f"{value:.3f}" for value in (overlaps.mean(), *overlaps, (predicted == y_test).mean())]
        rows.append([name, *shares, f"{fit_s:.0f}" if name == "`unet`" else ""])
    heads = [f"{n_scenes:,} scenes of {UNET_SIZE}", "mean IoU", *ROAD_CLASSES, "pixel accuracy", "fit, s of CPU"]
    return lined(heads, rows)


def steering(options: argparse.Namespace) -> list[str]:
    """Return a table of the errors of the angle on test scenes, in degrees."""
    n_scenes = options.scenes or 6000
    X, _, y = make_road_scenes(n_scenes, random_state=0)
    X, y = np.concatenate([X, X[:, :, ::-1]]), np.concatenate([y, -y])  # add mirrored scenes
    X_test, _, y_test = make_road_scenes(options.test_scenes, random_state=1)
    n_steps = PILOTNET["epochs"] * -(-len(X) // PILOTNET["batch_size"])
    regressor = NNRegressor("pilotnet", learning_rate=falling(0.001, n_steps), random_state=0, **PILOTNET)
    linear = make_pipeline(StandardScaler(), RidgeCV(np.logspace(1, 6, 11)))
    rows = []
    for name, estimator, seen in (
        ("`pilotnet`", regressor, lambda X: X),
        ("ridge regression on images of 11 by 40 mean pixels", linear, small),
        ("the mean of the training angles", DummyRegressor(), small),
    ):
        fit_s = computing_s(lambda estimator=estimator, seen=seen: estimator.fit(seen(X), y))
        predicted = estimator.predict(seen(X_test))
        errors = mean_absolute_error(y_test, predicted), np.sqrt(np.mean((predicted - y_test) ** 2))
        rows.append([name, *(f"{error:.2f}" for error in errors), f"{r2_score(y_test, predicted):.3f}", f"{fit_s:.0f}"])
    regressor.save(options.models / "pilotnet.nnb")
    heads = [
        f"{n_scenes:,} scenes and mirrored copies",
        "mean absolute error, degrees",
        "root mean square",
        "R2",
        "fit, s of CPU",
    ]
    return lined(heads, rows)


def latency(options: argparse.Namespace) -> list[str]:
    """Return a table of the times of `predict` for one uint8 frame, and of the Keras model."""
    rows = []
    for name, size in (("unet", UNET_SIZE), ("pilotnet", (66, 200))):
        estimator = nnbuild.load(options.models / f"{name}.nnb")
        frames = make_road_scenes(64, size, random_state=2)[0]
        model = tf.function(estimator.model_, jit_compile=False)
        ways: dict[str, Callable] = {
            "`predict`": estimator.predict,
            "Keras' model in a `tf.function`": lambda frame, model=model: model(tf.constant(frame)).numpy(),
        }
        for way, predict in ways.items():
            wall, cpu = timed(predict, frames, options.frames)
            percentiles = [f"{1000 * np.percentile(wall, share):.1f}" for share in (50, 99)]
            rows.append([f"`{name}`, {size[0]} by {size[1]}", way, *percentiles, f"{1000 * np.median(cpu):.1f}"])
    return lined([f"{options.frames} frames, ms", "", "median", "p99", "of CPU, median"], rows)


def picture(options: argparse.Namespace) -> list[str]:
    """Write an image of some test scenes with their classes and predictions."""
    images, masks, _ = make_road_scenes(N_SHOWN, UNET_SIZE, random_state=1)
    found = nnbuild.load(options.models / "unet.nnb").predict(images)
    rows = [np.hstack(parts) for parts in zip(images, COLOURS[masks], COLOURS[found], strict=True)]
    shown = Image.fromarray(np.vstack(rows))
    shown = shown.resize((2 * shown.width, 2 * shown.height), Image.Resampling.NEAREST)
    shown.save(options.models / "road_scenes.jpg", quality=88)
    return [f"{options.models / 'road_scenes.jpg'}: scenes, class of each pixel, and predicted class"]


def timed(predict: Callable, frames: np.ndarray, n_frames: int) -> tuple[list[float], list[float]]:
    """Return wall and CPU time of each frame in seconds."""
    for frame in frames[:20]:
        predict(frame[None])
    wall, cpu = [], []
    for number in range(n_frames):
        frame = frames[number % len(frames)][None]
        start = time.perf_counter(), time.process_time()
        predict(frame)
        wall.append(time.perf_counter() - start[0])
        cpu.append(time.process_time() - start[1])
    return wall, cpu


def small(images: np.ndarray) -> np.ndarray:
    """Return grey means over 6x5 pixels, shape (n_images, 440)."""
    grey = images.mean(axis=-1)
    return grey.reshape(len(images), 11, 6, 40, 5).mean(axis=(2, 4)).reshape(len(images), -1)


def falling(rate: float, n_steps: int) -> dict:
    return {"type": "CosineDecay", "initial_learning_rate": rate, "decay_steps": n_steps}


def computing_s(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def machine() -> str:
    packages: Iterable[str] = (f"TensorFlow {tf.__version__}", f"Keras {keras.__version__}")
    return (
        f"Python {platform.python_version()}, {', '.join(packages)}, {os.cpu_count()} CPU cores, {platform.system()}."
    )


N_SHOWN = 5
COLOURS = np.array([(60, 60, 60), (128, 64, 128), (255, 255, 255), (220, 20, 60)], "uint8")  # by class
PARTS = {"segmentation": segmentation, "steering": steering, "latency": latency, "picture": picture}


if __name__ == "__main__":
    main()
