"""Plays the Python client of the reference project: the same routes, bodies, nulls, timeout and rule of success.

Usage: python_player.py <server url> <adw id>

Prints one JSON object a call: {"method": name, "ok": whether all of its requests were answered with exactly 200,
"in_time": whether each of them was within that timeout}. It waits for longer, so that a machine that stood still is told from a failure.
Standard library only. Ends with 1 if any call failed.
"""

import json
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone

TIMEOUT_SECONDS = 2
PATIENCE_SECONDS = 60


class Player:
    def __init__(self, server, adw_id, workflow_name):
        self.server = server.rstrip("/")
        self.adw_id = adw_id
        self.workflow_name = workflow_name
        self.slowest_seconds = 0

    def post(self, path, body):
        """Whether the server answered with exactly 200; other 2xx are failures to this client."""
        begun = time.monotonic()
        request = urllib.request.Request(
            self.server + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                answer.read()
                return answer.status == 200
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            return False
        finally:
            self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - begun)

    @staticmethod
    def now():
        return datetime.now(timezone.utc).replace(tzinfo=None).isoformat() + "Z"

    # workflow-updates

    def update(self, kind, data):
        data = {"adw_id": self.adw_id, "workflow_name": self.workflow_name, **data, "timestamp": self.now()}
        return self.post("/api/workflow-updates", {"type": kind, "data": data})

    def status(self, status, message, progress_percent=None, current_step=None):
        return self.update(
            "status_update",
            {
                "status": status,
                "message": message,
                "progress_percent": progress_percent,
                "current_step": current_step,
            },
        )

    def notify_start(self):
        return self.status("started", "Starting workflow", 0, "Initializing")

    def notify_progress(self):
        return self.status("in_progress", "Progress: 40% - Stage: build", 40, "Stage: build")

    def notify_complete(self):
        return self.status("completed", "Workflow completed", 100, "Complete")

    def notify_error(self):
        logged = self.update("workflow_log", {"message": "ERROR: boom", "level": "ERROR"})
        failed = self.status("failed", "Workflow failed: boom", None, "Error")
        return logged and failed

    def notify_log(self):
        return self.update("workflow_log", {"message": "hello", "level": "INFO"})

    def notify_stage_transition(self):
        logged = self.update("workflow_log", {"message": "Stage transition: build -> test", "level": "INFO"})
        moved = self.status("in_progress", "Transitioning to test", None, "Stage: test")
        return logged and moved

    # stage-event

    def notify_stage_event(self):
        payload = {
            "event_type": "stage_completed",
            "workflow_name": self.workflow_name,
            "stage_name": "test",
            "previous_stage": "build",
            "next_stage": "review",
            "message": "test passed",
            "timestamp": self.now(),
            "duration_ms": 1200,
            "error": None,
            "skip_reason": None,
            "stage_index": 2,
            "total_stages": 5,
            "completed_stages": ["plan", "build", "test"],
            "pending_stages": ["review", "document"],
            "progress_percent": 60,
            "metadata": {},
        }
        return self.post("/api/stage-event", {"adw_id": self.adw_id, **payload})

    # agent-state-update

    def agent_state(self, event_type, data):
        body = {"adw_id": self.adw_id, "event_type": event_type, "data": data, "timestamp": self.now()}
        return self.post("/api/agent-state-update", body)

    def send_agent_state_update(self):
        return self.agent_state("state_change", {"state": {"plan_file": "specs/x.md"}, "changed_fields": ["plan_file"]})

    def send_agent_log_entry(self):
        return self.agent_state("log_entry", {"message": "working", "level": "INFO", "details": None, "context": None})

    def send_file_operation(self):
        return self.agent_state(
            "file_operation",
            {
                "file_path": "src/app.py",
                "operation": "modify",
                "diff": None,
                "summary": None,
                "lines_added": 3,
                "lines_removed": 1,
            },
        )

    def send_agent_thinking(self):
        return self.agent_state(
            "thinking", {"content": "hm", "reasoning_type": None, "duration_ms": None, "sequence": None}
        )

    def send_tool_execution_pre(self):
        return self.agent_state(
            "tool_execution_pre", {"tool_name": "Bash", "input": {"command": "ls"}, "tool_use_id": "toolu_1"}
        )

    def send_tool_execution_post(self):
        return self.agent_state(
            "tool_execution_post",
            {
                "tool_name": "Bash",
                "output": "a.py",
                "success": False,
                "error": None,
                "tool_use_id": "toolu_1",
                "duration_ms": None,
            },
        )

    def send_text_block(self):
        return self.agent_state("text_block", {"content": "words", "sequence": None})

    # routes of their own

    def send_workflow_phase_transition(self):
        return self.post(
            "/api/workflow-phase-transition",
            {
                "adw_id": self.adw_id,
                "phase_from": None,
                "phase_to": "plan",
                "workflow_name": None,
                "metadata": {},
            },
        )

    def send_agent_output_chunk(self):
        return self.post(
            "/api/agent-output-chunk",
            {
                "adw_id": self.adw_id,
                "agent_role": "tester",
                "content": '{"type":"system"}',
                "line_number": None,
                "total_lines": None,
                "is_complete": False,
            },
        )

    def send_screenshot_available(self):
        return self.post(
            "/api/screenshot-available",
            {
                "adw_id": self.adw_id,
                "screenshot_path": "reviewer/review_img/1.png",
                "screenshot_type": None,
                "metadata": {},
            },
        )

    def send_spec_created(self):
        return self.post(
            "/api/spec-created",
            {"adw_id": self.adw_id, "spec_path": "specs/x.md", "spec_type": None, "metadata": {}},
        )


METHODS = [name for name in vars(Player) if name.startswith(("notify_", "send_"))]


def main():
    server, adw_id = sys.argv[1:3]
    player = Player(server, adw_id, "adw_sdlc_iso")
    results = []
    for name in METHODS:
        player.slowest_seconds = 0
        ok = getattr(player, name)()
        results.append(ok)
        print(json.dumps({"method": name, "ok": ok, "in_time": player.slowest_seconds < TIMEOUT_SECONDS}))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
