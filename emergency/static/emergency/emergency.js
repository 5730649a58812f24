// How long an emergency access still lasts, in words. The database ends it, whatever is told here. Counted from when the
// page came, because the clock of the computer may be wrong.
(() => {
    const second = 1_000;
    const minute = 60 * second;
    const cameAt = Date.now();

    const tell = (place) => {
        const left = Math.ceil((place.dataset.emergencySeconds * second - (Date.now() - cameAt)) / minute);
        const text = left < 1 ? "It is over." : `${left} minute${left === 1 ? "" : "s"} left`;
        if (place.textContent !== text) {
            place.textContent = text;
        }
    };

    const tellAll = () => document.querySelectorAll("[data-emergency-seconds]").forEach(tell);

    tellAll();
    setInterval(tellAll, minute / 6);
})();
