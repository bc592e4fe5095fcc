"""A TCP proxy that loses things: between a camera and its service."""

import socket
import threading


class Proxy:
    """with Proxy() as proxy: proxy.target = port. Loses the answers of the next `lose` activations after the service
    has acted; while `away` it takes no connection and has ended all there were."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.target, self.lose, self.lost, self.away = None, 0, 0, False
        self.lock, self.open = threading.Lock(), set()

    def __enter__(self):
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()
        self.thread.join()

    def cut(self):
        """Ends every connection."""
        with self.lock:
            for s in self.open:
                close(s)
            self.open.clear()

    def go_away(self):
        self.away = True
        self.cut()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            server = None if self.away else socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            server = None
        if server is None:
            client.close()
            return
        with self.lock:
            self.open |= {client, server}
        try:
            back = self.drop if self.is_lost(client) else self.pump
        except OSError:
            back = self.drop
        threading.Thread(target=back, args=(server, client), daemon=True).start()
        self.pump(client, server)

    def is_lost(self, client):
        """Whether the answer to what begins here gets lost."""
        activation = client.recv(64, socket.MSG_PEEK).startswith(b"POST /api/camera/activate")
        with self.lock:
            lost = activation and self.lost < self.lose
            self.lost += lost
        return lost

    def pump(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        self.end(source, sink)

    def drop(self, server, client):
        """Waits for the answer, so that the service has acted, and throws it away."""
        try:
            server.recv(65536)
        except OSError:
            pass
        self.end(server, client)

    def end(self, *sockets):
        with self.lock:
            self.open -= set(sockets)
        for s in sockets:
            close(s)


def close(s):
    try:
        s.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    s.close()
