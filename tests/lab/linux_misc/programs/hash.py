"""Print results of algorithms in the kernel: a hash, a keyed hash, an encryption and its decryption."""

import socket

KEY, IV, TEXT = bytes(range(16)), bytes(range(16, 32)), b"sixteen bytes of"


def operation(algorithm_type, name, key=None):
    """Return a socket that performs an algorithm."""
    with socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET) as sock:
        sock.bind((algorithm_type, name))
        if key is not None:
            sock.setsockopt(socket.SOL_ALG, socket.ALG_SET_KEY, key)
        accepted, address = sock.accept()
        print(algorithm_type, name, address, accepted.family, accepted.type)
        return accepted


with operation("hash", "sha256") as op:
    op.sendall(TEXT)
    print(op.recv(100).hex())
with operation("hash", "hmac(sha1)", KEY) as op:
    op.sendall(TEXT[:8], socket.MSG_MORE)
    op.sendall(TEXT[8:])
    print(op.recv(100).hex())
with operation("skcipher", "cbc(aes)", KEY) as op:
    op.sendmsg_afalg([TEXT], op=socket.ALG_OP_ENCRYPT, iv=IV)
    secret = op.recv(len(TEXT))  # recv would wait for more bytes
    print(secret.hex())
    op.sendmsg_afalg([secret], op=socket.ALG_OP_DECRYPT, iv=IV)
    print(op.recv(len(TEXT)))
for invalid in [("hash", "no such"), ("x" * 14, "sha256"), ("hash", "x" * 64), ("hash",)]:
    with socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET) as sock:
        try:
            sock.bind(invalid)
        except (OSError, ValueError, TypeError) as exc:
            print(type(exc).__name__, exc)
