"""Terminates TLS before a server that speaks plain HTTP.

    tls.py CERTIFICATE KEY HOST:PORT

Prints its own address and serves until it is stopped.
"""

import socket
import ssl
import sys
import threading


def copy(source, target):
    """Hands on bytes until one side closes."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def serve(accepted, context, address):
    """Carries one connection."""
    try:
        inside = context.wrap_socket(accepted, server_side=True)
        outside = socket.create_connection(address)
    except OSError:
        accepted.close()
        return
    with inside, outside:
        back = threading.Thread(target=copy, args=(outside, inside), daemon=True)
        back.start()
        copy(inside, outside)
        back.join()


def main():
    certificate, key, address = sys.argv[1:]
    host, port = address.rsplit(":", 1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"https://localhost:{listener.getsockname()[1]}", flush=True)
        while True:
            accepted, _ = listener.accept()
            arguments = (accepted, context, (host, int(port)))
            threading.Thread(target=serve, args=arguments, daemon=True).start()


main()
