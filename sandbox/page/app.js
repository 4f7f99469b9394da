// The page: each room listens to the state that `follow` brings.
import "/page/places/view.js"; // first: what is not shown cannot take the focus
import "/page/composer/composer.js";
import "/page/forms/modal.js";
import "/page/messages/list.js";
import "/page/messages/news.js";
import "/page/messages/scroll.js";
import "/page/messages/edit.js";
import "/page/messages/toolbar.js";
import "/page/places/header.js";
import "/page/places/sidebar.js";
import "/page/places/switcher.js";
import { follow } from "/page/world/follow.js";
import { on } from "/page/world/state.js";

// It is closed at first: the messages are drawn before it is there. If the sandbox is away, the next state loads it.
on("state", () => import("/page/panel/panel.js").catch(() => {}));
await follow();
