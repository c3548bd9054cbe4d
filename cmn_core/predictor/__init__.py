"""mIoU of an architecture from the measured tables: instant, with an interval, without torch."""

from cmn_core.predictor.estimate import FOLDER, MiouEstimate, Predictor, load_predictor

__all__ = ["FOLDER", "MiouEstimate", "Predictor", "load_predictor"]
