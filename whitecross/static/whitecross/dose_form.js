// On the empty form of a dose: once the order is chosen, the form comes again with the dose, the instructions and the
// student's allergies of that order. On the form of a dose that is due: given, now, the dose of the order.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
    const due = document.querySelector("[data-pending-dose]")?.dataset;
    if (!due || document.querySelector(".errornote")) {
        return;
    }
    const usual = {
        id_status: "ADMINISTERED",
        id_time_given_0: due.day,
        id_time_given_1: due.time,
        id_dosage_given: due.pendingDose,
    };
    for (const [id, value] of Object.entries(usual)) {
        const box = document.getElementById(id);
        if (box && (!box.value || box.value === "PENDING")) box.value = value;
    }
});

document.addEventListener("DOMContentLoaded", () => {
    const order = document.querySelector("select#id_student_medication");
    const form = document.getElementById("medicationlog_form");
    const address = new URL(window.location.href);
    if (!order || !form || !address.pathname.endsWith("/add/") || document.querySelector(".errornote")) {
        return;
    }
    const open = () => {
        if (order.value && order.value !== address.searchParams.get("student_medication")) {
            address.searchParams.set("student_medication", order.value);
            form.classList.remove("warn-unsaved-form");
            window.onbeforeunload = null;
            window.location.assign(address);
        }
    };
    order.addEventListener("change", open);
    if (window.django && window.django.jQuery) {
        window.django.jQuery(order).on("select2:select", open); // select2 tells jQuery only
    }
});
