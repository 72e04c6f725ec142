"""What is in each pixel: a small U-Net learns road, lines and obstacles on pictures that are drawn.

It writes a picture of some scenes that training has not seen: as the camera sees them, what is there, what was found.
"""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from nnbuild import NNClassifier
from nnbuild.datasets import ROAD_CLASSES, make_road_scenes
from nnbuild.metrics import class_iou, mean_iou

COLOURS = np.array([(60, 60, 60), (128, 64, 128), (255, 255, 255), (220, 20, 60)], "uint8")  # of each class

images, masks, _ = make_road_scenes(400, size=(32, 64), random_state=0)
unseen, truth, _ = make_road_scenes(100, size=(32, 64), random_state=1)

falling = {"type": "CosineDecay", "initial_learning_rate": 0.004, "decay_steps": 800}  # to the last of 8 epochs
classifier = NNClassifier("unet", filters=8, dropout=0.0, learning_rate=falling, epochs=8, batch_size=4, random_state=0)
found = classifier.fit(images, masks).predict(unseen)

rows = [np.hstack([unseen[i], COLOURS[truth[i]], COLOURS[found[i]]]) for i in range(6)]
picture = Path(tempfile.mkdtemp()) / "road_scenes.png"
Image.fromarray(np.vstack(rows)).resize((768, 768), Image.Resampling.NEAREST).save(picture)

for name, overlap in zip(ROAD_CLASSES, class_iou(truth, found), strict=True):
    print(f"{name}: {overlap:.2f}")
print(f"right pixels: {classifier.score(unseen, truth):.3f}")
print(f"mean overlap: {mean_iou(truth, found):.3f}")
print(f"picture: {picture}")
