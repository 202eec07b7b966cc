"""Conversion between the colour formats."""

from media.color.conversion import Conversion as Conversion
from media.color.conversion import convert as convert
from media.color.matrix import MatrixName as MatrixName
