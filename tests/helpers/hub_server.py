"""A server on this machine that speaks the part of the hub's API that fetching a repo needs."""

import hashlib
import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote

from huggingface_hub import constants


def commit_of(revision):
    """The 40 digits that a revision's name stands for."""
    return hashlib.sha1(revision.encode()).hexdigest()


class Hub:
    """Repos by name, each a dict of revisions, each a dict of file names and contents.

    Attributes:
        repos: what there is.
        requests: method and path of each request so far.
        failing: whether every answer is the status 500.
    """

    def __init__(self, repos):
        self.repos = repos
        self.requests = []
        self.failing = False
        self.endpoint = ""

    def fetched(self):
        """The names of the files that were fetched, in order."""
        paths = [path for method, path in self.requests if method == "GET" and "/resolve/" in path]
        return sorted(path.split("/resolve/")[1].partition("/")[2] for path in paths)

    def answer(self, path):
        """(status, headers, body) to a GET."""
        parts = [unquote(part) for part in path.partition("?")[0].strip("/").split("/")]
        if self.failing:
            return 500, {}, b""
        if len(parts) < 4:
            return 404, {}, b""
        if parts[:2] == ["api", "models"]:
            name, (action, revision) = "/".join(parts[2:4]), (parts[4], parts[5])
        else:
            name, (action, revision) = "/".join(parts[:2]), parts[2:4]
        if name not in self.repos:
            return 404, {"X-Error-Code": "RepoNotFound"}, b""
        known = {
            alias: files
            for rev, files in self.repos[name].items()
            for alias in (rev, commit_of(rev))
        }
        if revision not in known:
            return 404, {"X-Error-Code": "RevisionNotFound"}, b""
        commit = revision if len(revision) == 40 else commit_of(revision)
        if action == "resolve":
            return self._file(known[revision], "/".join(parts[4:]), commit)
        return 200, {}, json.dumps(self._listing(action, name, known[revision], commit)).encode()

    def _file(self, files, name, commit):
        if name not in files:
            return 404, {"X-Error-Code": "EntryNotFound"}, b""
        tag = hashlib.sha1(files[name]).hexdigest()
        return 200, {"ETag": f'"{tag}"', "X-Repo-Commit": commit}, files[name]

    def _listing(self, action, name, files, commit):
        if action == "tree":
            return [
                {
                    "type": "file",
                    "oid": hashlib.sha1(body).hexdigest(),
                    "size": len(body),
                    "path": path,
                }
                for path, body in files.items()
            ]
        siblings = [{"rfilename": path} for path in files]
        return {"_id": "1", "id": name, "modelId": name, "sha": commit, "siblings": siblings}


@contextmanager
def serving(repos):
    """Serves repos until the block ends."""
    hub = Hub(repos)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self._reply(with_body=True)

        def do_HEAD(self):
            self._reply(with_body=False)

        def _reply(self, with_body):
            hub.requests.append((self.command, self.path))
            status, headers, body = hub.answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def in_place_of_the_hub(repos, cache, monkeypatch):
    """Serves repos to whoever asks the hub, with an empty folder as the local cache."""
    with serving(repos) as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        template = server.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        yield server
