"""A photo made ready for fast painting, away from the main thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, QRectF, QThreadPool, Signal
from PySide6.QtGui import QImage

from desktop_app.ui.photo.raster import STRIP_ROWS, ForScreen, Pixels, Pyramid, Raster, pixels_of


@dataclass(frozen=True, eq=False)
class Prepared:
    """A photo: its own pixels, those for the screen with their levels, and the way from the ones to the others."""

    source: Raster
    pyramid: Pyramid
    for_screen: ForScreen


def prepare(image: QImage, area: QRectF) -> Prepared:
    """Make a photo ready that lies over `area`; in strips, so that other threads go on meanwhile."""
    for_screen = ForScreen(image.colorSpace())
    if image.format() == QImage.Format.Format_RGB32 and not for_screen.changes:
        raster = Raster.of_image(image)
        return Prepared(raster, Pyramid(raster, area), for_screen)
    source: Pixels = np.empty((image.height(), image.width()), np.uint32)
    shown = np.empty_like(source) if for_screen.changes else source
    for top in range(0, image.height(), STRIP_ROWS):
        strip = image.copy(0, top, image.width(), min(STRIP_ROWS, image.height() - top))
        pixels = pixels_of(strip)
        source[top : top + len(pixels)] = pixels
        if for_screen.changes:
            shown[top : top + len(pixels)] = for_screen(pixels)
    raster = Raster.of(source)
    return Prepared(raster, Pyramid(Raster.of(shown) if for_screen.changes else raster, area), for_screen)


class Preparer(QObject):
    """Makes photos ready in Qt's thread pool; `prepared` tells the token given and a `Prepared`."""

    prepared = Signal(object, object)

    def start(self, image: QImage, area: QRectF, token: object) -> None:
        QThreadPool.globalInstance().start(lambda: self.prepared.emit(token, prepare(image, area)))
