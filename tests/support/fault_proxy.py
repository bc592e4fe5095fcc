"""A TCP proxy before a database that misbehaves on demand: away, silent, or cut in mid-operation."""

import select
import socket
import threading


class FaultProxy:
    """with FaultProxy("127.0.0.1", 27017) as p: … p.address, p.away(), p.back(), p.hush(), p.speak()"""

    def __init__(self, host, port):
        self.upstream = (host, port)
        self.listener = None
        self.port = 0
        self.cuts = 0
        self.hushed = threading.Event()
        self._speaks = threading.Event()
        self._speaks.set()
        self._cut = None
        self._hush = None
        self._lock = threading.Lock()
        self._pairs = set()
        self._threads = []

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def back(self):
        """Accepts (again, at the same port)."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(256)
        self.port = listener.getsockname()[1]
        self.listener = listener
        self._start(self._accept, listener)
        return self

    def hush(self):
        """Carries nothing until speak()."""
        self._speaks.clear()
        self.hushed.set()

    def hush_at(self, count, *words):
        """As hush(), when the count-th request from now that holds all these words is here; `hushed` tells."""
        with self._lock:
            self._hush = ([word.encode() for word in words], count)

    def speak(self):
        self.hushed.clear()
        self._speaks.set()

    def away(self):
        """Ends every connection and refuses new ones."""
        with self._lock:
            listener, self.listener = self.listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.drop()

    def drop(self):
        """Ends every connection, and returns how many there were; new ones are welcome."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._end(pair)
        return len(pairs)

    def cut(self, *words, before=False):
        """Cuts the next connection whose request holds all these words: after the database has done it, before its answer
        comes back; or, with before, so that the request never arrives."""
        with self._lock:
            self._cut = ([word.encode() for word in words], before)

    def _start(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        thread.start()
        self._threads = [t for t in self._threads if t.is_alive()] + [thread]

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self.upstream)
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                if self.listener is not listener:  # away() has ended the others meanwhile
                    client.close()
                    server.close()
                    return
                self._pairs.add((client, server))
            self._start(self._carry, (client, server))

    def _end(self, pair):
        with self._lock:
            self._pairs.discard(pair)
        for end in pair:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _wanted(self, data):
        """None, or (words, before) when this request is the one to cut."""
        with self._lock:
            cut = self._cut
            if not cut or not all(word in data for word in cut[0]):
                return None
            self._cut = None
            self.cuts += 1
            return cut

    def _count(self, data):
        """Toward hush_at."""
        with self._lock:
            if not self._hush or not all(word in data for word in self._hush[0]):
                return
            self._hush = (self._hush[0], self._hush[1] - 1) if self._hush[1] > 1 else None
            if not self._hush:
                self.hush()

    def _carry(self, pair):
        client, server = pair
        doomed = False
        try:
            while True:
                for end in select.select([client, server], [], [])[0]:
                    data = end.recv(1 << 20)
                    if not data or (end is server and doomed):
                        return
                    if end is client:
                        self._count(data)
                    self._speaks.wait()
                    if end is client:
                        cut = self._wanted(data)
                        if cut and cut[1]:
                            return
                        doomed = doomed or bool(cut)
                    (server if end is client else client).sendall(data)
        except OSError:
            pass
        finally:
            self._end(pair)
            for end in pair:
                end.close()

    def __enter__(self):
        return self.back()

    def __exit__(self, *_):
        self.speak()
        self.away()
        for thread in self._threads:
            thread.join(10)
