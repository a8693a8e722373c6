"""A proxy before an S3 server, that lets a test look at requests, and break them.

rule(method, path) is asked for each request, in the order of their arrival, and says what becomes of it:

    None          it is passed on
    a number      it is not passed on: that HTTP status is the answer; 403 as S3 says it
    "lose"        it is passed on, and the answer lost
    "cut"         it is passed on, and half of the answer's body returned
    "drop"        the connection is closed at once
    "delay"       it is passed on a little later
"""
import http.client
import http.server
import threading
import time

DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>"


class Proxy:
    def __init__(self, host, rule):
        proxy = self
        self.lock = threading.Lock()
        self.requests = self.broken = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self, body):
                connection = http.client.HTTPConnection(host, timeout=60)
                try:
                    connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in self.headers.items():
                        if name.lower() not in ("connection", "expect"):
                            connection.putheader(name, value)
                    connection.endheaders(body)
                    response = connection.getresponse()
                    return response.status, response.getheaders(), response.read()
                finally:
                    connection.close()

            def answer(self, status, headers, body, cut=False):
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                        self.send_header(name, value)
                length = dict((n.lower(), v) for n, v in headers).get("content-length", len(body))
                if status != 204:
                    self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(body[:len(body) // 2] if cut else body)
                self.close_connection = self.close_connection or cut

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with proxy.lock:
                    what = rule(self.command, self.path)
                    proxy.requests += 1
                    proxy.broken += what is not None
                if what == "drop":
                    self.close_connection = True
                    return
                if isinstance(what, int):
                    text = DENIED if what == 403 and self.command != "HEAD" else b""
                    self.answer(what, [("Content-Length", str(len(text)))], text)
                    return
                if what == "delay":
                    time.sleep(0.05)
                answer = self.pass_on(body)
                if what == "lose":
                    self.close_connection = True
                    return
                self.answer(*answer, cut=what == "cut" and len(answer[2]) > 0)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):  # a client that was killed
                pass

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
