// Draws the vital signs: each canvas holds its lines in data-lines. The table beside the plots has the same figures.
"use strict";

(() => {
	const theme = () => {
		const style = getComputedStyle(document.documentElement);
		const dark = document.documentElement.classList.contains("dark");
		const color = (name) => style.getPropertyValue(`--color-${name}`).trim();
		return {
			text: color(dark ? "base-400" : "base-500"),
			grid: color(dark ? "base-800" : "base-200"),
			lines: [color(dark ? "primary-400" : "primary-600"), color(dark ? "orange-400" : "orange-600")],
		};
	};

	const day = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", year: "2-digit" });
	const moment = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "short" });

	const options = (colors, unit, several) => ({
		animation: false,
		maintainAspectRatio: false,
		interaction: { mode: "index", intersect: false },
		plugins: {
			legend: { display: several, labels: { color: colors.text, boxWidth: 12, boxHeight: 2 } },
			tooltip: {
				callbacks: {
					title: (items) => moment.format(new Date(items[0].parsed.x)),
					label: (item) => `${item.dataset.label}: ${item.parsed.y} ${unit}`,
				},
			},
		},
		scales: {
			x: {
				type: "linear",
				border: { display: false },
				grid: { display: false },
				ticks: {
					color: colors.text,
					maxTicksLimit: 4,
					maxRotation: 0,
					callback: (value) => day.format(new Date(value)),
				},
			},
			y: {
				border: { display: false },
				grace: "15%",
				grid: { color: colors.grid },
				ticks: { color: colors.text, maxTicksLimit: 5, precision: 0 },
			},
		},
	});

	const draw = (canvas) => {
		const colors = theme();
		const lines = JSON.parse(canvas.dataset.lines);
		Chart.getChart(canvas)?.destroy();
		new Chart(canvas, {
			type: "line",
			data: {
				datasets: lines.map((line, number) => ({
					label: line.label,
					data: line.points.map(([x, y]) => ({ x, y })),
					borderColor: colors.lines[number],
					backgroundColor: colors.lines[number],
					borderWidth: 2,
					pointRadius: 3,
					tension: 0,
				})),
			},
			options: options(colors, canvas.dataset.unit, lines.length > 1),
		});
	};

	const drawAll = () => document.querySelectorAll("canvas[data-lines]").forEach(draw);

	// The theme is a class of the root element, which Unfold changes.
	new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["class"] });
	drawAll();

	// A menu closes when one clicks beside it or presses Escape.
	const menus = () => document.querySelectorAll("details.chart-choice[open]");
	document.addEventListener("click", (event) => {
		menus().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
	});
	document.addEventListener("keydown", (event) => {
		if (event.key !== "Escape") {
			return;
		}
		menus().forEach((menu) => {
			menu.removeAttribute("open");
			menu.querySelector("summary").focus();
		});
	});
})();
