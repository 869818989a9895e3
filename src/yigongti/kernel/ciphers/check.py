"""What is wrong with the ciphers of this installation, for ``yigongti check`` and before every start."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.primitives import hashes

from yigongti.config import configuration
from yigongti.kernel.ciphers import keyfile, keys, sm4
from yigongti.kernel.ciphers.keys import Key
from yigongti.kernel.errors import YigongtiError


def problems() -> list[str]:
    """Sentences in Chinese, empty when all is well: missing algorithms, missing or exposed keys."""
    return missing_algorithms() or _key_problems()


def missing_algorithms() -> list[str]:
    """The national algorithms that this machine's OpenSSL cannot do, by doing them once."""
    found = []
    version = backend.openssl_version_text()
    try:
        probe = Key(1, b"\0" * 16)
        if sm4.open_with(probe, sm4.seal(probe, b"probe", b"a"), b"a") != b"probe":
            found.append(f"{version} 的 SM4-GCM 结果不对")
    except UnsupportedAlgorithm:
        found.append(f"{version} 不支持 SM4-GCM：请安装 PyPI 的 cryptography 官方轮子，或启用 SM4 的 OpenSSL 3")
    if not backend.hash_supported(hashes.SM3()):
        found.append(f"{version} 不支持 SM3：请安装 PyPI 的 cryptography 官方轮子，或启用 SM3 的 OpenSSL 3")
    return found


def _key_problems() -> list[str]:
    file = keys.path()
    try:
        keys.refresh()
        exposed = file.stat().st_mode & 0o077 and keyfile.literal(file)
    except YigongtiError as error:
        return [str(error)]
    except OSError as error:
        return [f"密钥文件 {file} 读不到：{error.strerror}"]
    if exposed and configuration().mode == "production":
        return [f"密钥文件 {file} 的权限为 {file.stat().st_mode & 0o777:o}，他人可读，应为 600（chmod 600）"]
    return []
