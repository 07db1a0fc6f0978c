"""MLflow's own client of webhooks, and a receiver that checks signatures as MLflow's guide says. Argument: host:port of a server."""

import base64
import hashlib
import hmac
import json
import queue
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import mlflow
from checks import refused, run
from mlflow import MlflowClient
from mlflow.entities.webhook import WebhookStatus

mlflow.set_tracking_uri(f"http://{sys.argv[1]}")
client = MlflowClient()
told = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        told.put((dict(self.headers.items()), body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"thanks")

    def log_message(self, *_):
        pass


receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{receiver.server_port}/hook"


def is_signed(headers, body, secret):
    headers = {name.lower(): value for name, value in headers.items()}
    signed = f"{headers['x-mlflow-delivery-id']}.{headers['x-mlflow-timestamp']}.{body}"
    wanted = base64.b64encode(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()).decode()
    return headers["x-mlflow-signature"] == f"v1,{wanted}"


def keeps_webhooks():
    made = client.create_webhook("hook", url, ["registered_model.created", "model_version.created"], description="d")
    assert made.status == WebhookStatus.ACTIVE and made.url == url and made.description == "d"
    assert {str(event) for event in made.events} == {"registered_model.created", "model_version.created"}
    changed = client.update_webhook(made.webhook_id, name="other", events=["prompt.created"], status="DISABLED")
    assert changed.name == "other" and changed.status == WebhookStatus.DISABLED
    assert [one.webhook_id for one in client.list_webhooks()] == [made.webhook_id]
    client.delete_webhook(made.webhook_id)
    refused(lambda: client.get_webhook(made.webhook_id), f"Webhook with ID {made.webhook_id} not found")
    refused(lambda: client.create_webhook("hook", "ftp://x", ["prompt.created"]), "Invalid webhook URL scheme")


def is_told_what_happens():
    client.create_webhook("told", url, ["registered_model.created", "model_version_alias.created"], secret="s3cret")
    client.create_registered_model("told", tags={"team": "ops"})
    client.create_model_version("told", "s3://bucket/model")
    client.set_registered_model_alias("told", "champion", "1")
    found = [told.get(timeout=30) for _ in range(2)]
    assert all(is_signed(headers, body, "s3cret") for headers, body in found)
    events = [json.loads(body) for _, body in found]
    assert [(one["entity"], one["action"]) for one in events] == [
        ("registered_model", "created"),
        ("model_version_alias", "created"),
    ]
    assert events[0]["data"] == {"name": "told", "tags": {"team": "ops"}, "description": ""}, events[0]
    assert events[1]["data"] == {"name": "told", "alias": "champion", "version": "1"}, events[1]


def tries_webhooks():
    made = client.create_webhook("tried", url, ["prompt.created"], secret="other")
    found = client.test_webhook(made.webhook_id, "model_version.created")
    assert found.success and found.response_status == 200 and found.response_body == "thanks", found
    headers, body = told.get(timeout=30)
    assert is_signed(headers, body, "other") and json.loads(body)["entity"] == "model_version"


run([keeps_webhooks, is_told_what_happens, tries_webhooks])
