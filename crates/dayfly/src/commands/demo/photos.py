"""Makes photos as a camera would: JPEGs of 12 megapixels, held four ways, and one that broke on its way."""

import pathlib
import sys

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 4000, 3000
# EXIF orientation (tag 0x0112), and how the sensor saw the scene: what a viewer has to undo.
HELD = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}


def scene(number):
    """Sky, a sun, hills and grain: something to see and not too easy to compress."""
    sky = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    image = Image.merge("RGB", (sky.point(lambda v: 90 + v // 2), sky.point(lambda v: 120 + v // 3), sky.point(lambda v: 235 - v // 4)))
    draw = ImageDraw.Draw(image)
    sun = 500 + 900 * number
    draw.ellipse((sun - 220, 380, sun + 220, 820), fill=(255, 226, 120))
    for hill in range(4):
        middle, shade = 600 + 1000 * hill + 150 * number, 60 + 25 * hill
        draw.polygon([(middle - 1500, HEIGHT), (middle, 1300 + 180 * hill), (middle + 1500, HEIGHT)], fill=(30, shade + 40, shade))
    grain = Image.effect_noise((WIDTH, HEIGHT), 36).convert("RGB")
    return Image.blend(image, grain, 0.14)


folder = pathlib.Path(sys.argv[1])
for number, (orientation, turn) in enumerate(HELD.items()):
    image = scene(number)
    if turn is not None:
        image = image.transpose(turn)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Dayfly", "Demo camera", orientation
    path = folder / f"holiday-{number + 1}.jpg"
    image.save(path, "JPEG", quality=92, exif=exif)
    print(path.name, flush=True)

whole = (folder / "holiday-1.jpg").read_bytes()
(folder / "damaged.jpg").write_bytes(whole[: len(whole) // 3])
print("damaged.jpg", flush=True)
