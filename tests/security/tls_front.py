"""A proxy with TLS in front of a server, as a production has one: it says who asks and that it was by https."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SAID = b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 203.0.113.7\r\n"


@contextmanager
def tls_front(port: int, folder: Path) -> Iterator[str]:
    """The address of a proxy, with a certificate that nobody knows, in front of the server on this port."""
    key, certificate = folder / "front.key", folder / "front.crt"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listener, context, port), daemon=True).start()
    try:
        yield f"https://localhost:{listener.getsockname()[1]}"
    finally:
        listener.close()


def _accept(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    while True:
        try:
            visitor, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(visitor, context, port), daemon=True).start()


def _serve(plain: socket.socket, context: ssl.SSLContext, port: int) -> None:
    """One connection is one request: the server closes each after its answer."""
    try:
        with (
            context.wrap_socket(plain, server_side=True) as visitor,
            socket.create_connection(("127.0.0.1", port)) as to,
        ):
            head = b""
            while b"\r\n" not in head:
                if not (piece := visitor.recv(65536)):
                    return
                head += piece
            line, rest = head.split(b"\r\n", 1)
            to.sendall(line + b"\r\n" + _SAID + rest)
            back = threading.Thread(target=_pass_on, args=(to, visitor), daemon=True)
            back.start()
            _pass_on(visitor, to)
            back.join()
    except OSError:  # a browser that goes away, or does not like the certificate
        pass


def _server(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port))


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
