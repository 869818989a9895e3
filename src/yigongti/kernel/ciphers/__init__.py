"""Personal data at rest: SM4-GCM ciphertexts, HMAC-SM3 blind indexes, the key ring, masking of what is logged.

``keys`` holds the secrets, ``sm4`` seals bytes, ``blind`` makes equality searchable, ``fields`` brings both to Django
models, ``columns`` to bulk loads, ``rotation`` changes keys while people work, ``masking`` guards logs and error pages.
"""

from yigongti.kernel.ciphers.check import problems

__all__ = ["problems"]
