"use strict";

// Alpine sets some widths by the attribute "style", which the Content-Security-Policy refuses to everybody. A script
// that the policy lets run may set them by the style's own interface, and so this does.
(() => {
    const setAttribute = Element.prototype.setAttribute;

    Element.prototype.setAttribute = function (name, value) {
        if (name === "style" && this.style) {
            this.style.cssText = value;
        } else {
            setAttribute.call(this, name, value);
        }
    };
})();
