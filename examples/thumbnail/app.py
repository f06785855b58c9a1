"""Makes a thumbnail of every image that is uploaded, right side up and without the camera's private notes."""

import io
import os
from urllib.parse import unquote_plus

import boto3
from PIL import Image, ImageOps

s3 = boto3.client("s3")
size = int(os.environ.get("THUMBNAIL_SIZE", "256"))


def handler(event, context):
    made = []
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        original = s3.get_object(Bucket=bucket, Key=key)["Body"].read()

        image = Image.open(io.BytesIO(original))
        print(f"{key}: {image.width} x {image.height}, {len(original):,} bytes")
        image.draft("RGB", (2 * size, 2 * size))
        image = ImageOps.exif_transpose(image).convert("RGB")
        image.thumbnail((size, size))

        thumbnail = io.BytesIO()
        image.save(thumbnail, "JPEG", quality=85)
        target = os.environ.get("THUMBNAILS", f"{bucket}-thumbnails")
        s3.put_object(Bucket=target, Key=key, Body=thumbnail.getvalue(), ContentType="image/jpeg")
        made.append({"key": key, "width": image.width, "height": image.height})
    return made
