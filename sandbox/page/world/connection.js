// Say when the sandbox is away, back, or started again.
import { clearNotice, notify } from "/page/base/notice.js";
import { forgetUploads } from "/page/base/server.js";
import { say } from "/page/words/words.js";
import { on } from "/page/world/state.js";

on("lost", () => notify(say("The sandbox does not answer. Check that it is still running."), { lasting: true }));
on("found", clearNotice);
on("restarted", forgetUploads);
on("restarted", () => notify(say("The sandbox was restarted.")));
