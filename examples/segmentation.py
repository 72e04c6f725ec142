"""What is in each pixel: a small U-Net learns discs and squares of one colour on noisy images.

It writes a picture of some images that training has not seen: the image, what is there, and what was found.
"""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from nnbuild import NNClassifier
from nnbuild.metrics import class_iou, mean_iou

CLASSES = ("background", "disc", "square")
COLOURS = np.array([(60, 60, 60), (128, 64, 128), (220, 20, 60)], "uint8")  # of each class

rng = np.random.default_rng(0)
rows, columns = np.mgrid[:32, :64]
masks = np.zeros((300, 32, 64), "uint8")
for mask, (y, x, top, left) in zip(masks, rng.integers((6, 6, 0, 0), (26, 58, 22, 54), (300, 4)), strict=True):
    mask[(rows - y) ** 2 + (columns - x) ** 2 < 36] = 1
    mask[top : top + 10, left : left + 10] = 2
images = rng.normal(80 + 100 * (masks[..., None] > 0), 25, (300, 32, 64, 3)).clip(0, 255).astype("uint8")
unseen, truth = images[200:], masks[200:]

classifier = NNClassifier("unet", filters=8, dropout=0.0, learning_rate=0.003, epochs=6, batch_size=4, random_state=0)
found = classifier.fit(images[:200] / 255, masks[:200]).predict(unseen / 255)

shown = [np.hstack([unseen[i], COLOURS[truth[i]], COLOURS[found[i]]]) for i in range(6)]
picture = Path(tempfile.mkdtemp()) / "segmentation.png"
Image.fromarray(np.vstack(shown)).resize((768, 768), Image.Resampling.NEAREST).save(picture)

for name, overlap in zip(CLASSES, class_iou(truth, found), strict=True):
    print(f"{name}: {overlap:.2f}")
print(f"right pixels: {classifier.score(unseen / 255, truth):.3f}")
print(f"mean overlap: {mean_iou(truth, found):.3f}")
print(f"picture: {picture}")
