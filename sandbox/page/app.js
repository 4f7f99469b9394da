// The page: each room listens to the state that `follow` brings.
import "/page/places/view.js"; // first: what is not shown cannot take the focus
import "/page/composer/composer.js";
import "/page/forms/modal.js";
import "/page/messages/announce.js";
import "/page/messages/edit.js";
import "/page/messages/jump.js";
import "/page/messages/list.js";
import "/page/messages/older.js";
import "/page/messages/present.js";
import "/page/messages/toolbar.js";
import "/page/messages/touch.js";
import "/page/places/drawer.js";
import "/page/places/forum.js";
import "/page/places/header.js";
import "/page/places/quick.js";
import "/page/places/sidebar.js";
import "/page/places/switcher.js";
import "/page/places/title.js";
import "/page/words/static.js";
import "/page/world/connection.js";
import { follow } from "/page/world/follow.js";
import { on } from "/page/world/state.js";

// It is closed at first: the messages are drawn before it is there. If the sandbox is away, the next state loads it.
on("state", () => import("/page/panel/panel.js").catch(() => {}));
await follow();
