"""CMN Explorer: co-design of mixture-of-experts vision transformers and CIM chips."""

__version__ = "0.1.0"
