// On the empty form of a dose: once the order is chosen, the form comes again with the dose, the instructions and the
// student's allergies of that order.
"use strict";
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
