// How long an emergency access still lasts, in words. The database ends it, whatever is told here.
(() => {
    const minute = 60_000;

    const tell = (place) => {
        const left = Math.ceil((new Date(place.dataset.emergencyExpires) - Date.now()) / minute);
        const text = left < 1 ? "It is over." : `${left} minute${left === 1 ? "" : "s"} left`;
        if (place.textContent !== text) {
            place.textContent = text;
        }
    };

    const tellAll = () => document.querySelectorAll("[data-emergency-expires]").forEach(tell);

    tellAll();
    setInterval(tellAll, minute / 6);
})();
