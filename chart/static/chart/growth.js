// Draws growth: each canvas holds its points and the curves of the reference in data-growth. The table has the figures.
"use strict";

(() => {
    const theme = () => {
        const style = getComputedStyle(document.documentElement);
        const dark = document.documentElement.classList.contains("dark");
        const color = (name) => style.getPropertyValue(`--color-${name}`).trim();
        return {
            text: color(dark ? "base-400" : "base-500"),
            grid: color(dark ? "base-800" : "base-200"),
            curve: color(dark ? "base-600" : "base-300"),
            median: color(dark ? "base-400" : "base-500"),
            line: color(dark ? "primary-400" : "primary-600"),
            alarm: color(dark ? "red-400" : "red-600"),
        };
    };

    // The ends of what is usual are dashed, so that they are told apart without color.
    const isEnd = (percentile) => percentile === 5 || percentile === 95;

    const curves = (lines, colors) => lines.map((line) => ({
        label: `${line.percentile}`,
        isCurve: true,
        data: line.points.map(([x, y]) => ({ x, y })),
        borderColor: line.percentile === 50 || isEnd(line.percentile) ? colors.median : colors.curve,
        borderDash: isEnd(line.percentile) ? [4, 3] : [],
        borderWidth: line.percentile === 50 ? 1.5 : 1,
        pointRadius: 0,
        pointHitRadius: 0,
        tension: 0.3,
    }));

    const measured = (points, colors, title) => ({
        label: title,
        data: points.map(([x, y]) => ({ x, y })),
        borderColor: colors.line,
        backgroundColor: colors.line,
        borderWidth: 2,
        pointRadius: points.map(([, , isImplausible]) => (isImplausible ? 6 : 3.5)),
        pointStyle: points.map(([, , isImplausible]) => (isImplausible ? "triangle" : "circle")),
        pointBackgroundColor: points.map(([, , isImplausible]) => (isImplausible ? colors.alarm : colors.line)),
        pointBorderColor: points.map(([, , isImplausible]) => (isImplausible ? colors.alarm : colors.line)),
        tension: 0,
        order: -1,
    });

    // Each curve says at its right end which percentile it is.
    const names = {
        id: "percentileNames",
        afterDatasetsDraw(chart) {
            const { ctx, chartArea } = chart;
            let lowest = Infinity;
            ctx.save();
            ctx.font = "10px sans-serif";
            ctx.fillStyle = theme().text;
            ctx.textBaseline = "middle";
            chart.data.datasets.forEach((dataset, number) => {
                const last = dataset.isCurve && chart.getDatasetMeta(number).data.at(-1);
                if (last && last.y < lowest - 9 && last.y > chartArea.top - 4) {
                    ctx.fillText(dataset.label, chartArea.right + 4, last.y);
                    lowest = last.y;
                }
            });
            ctx.restore();
        },
    };

    const options = (colors, data, unit) => {
        const edge = data.curves[0]?.points;
        return {
            animation: false,
            maintainAspectRatio: false,
            layout: { padding: { right: edge ? 20 : 0 } },
            interaction: { mode: "nearest", intersect: false },
            plugins: {
                legend: { display: false },
                tooltip: {
                    filter: (item) => !item.dataset.isCurve,
                    callbacks: {
                        title: (items) => (items.length ? `${items[0].parsed.x.toFixed(1)} years` : ""),
                        label: (item) => `${item.dataset.label}: ${item.parsed.y} ${unit}`,
                    },
                },
            },
            scales: {
                x: {
                    type: "linear",
                    min: edge?.[0][0],
                    max: edge?.at(-1)[0],
                    border: { display: false },
                    grid: { color: colors.grid },
                    title: { display: true, text: "Age (years)", color: colors.text },
                    ticks: { color: colors.text, maxRotation: 0, precision: 0 },
                },
                y: {
                    border: { display: false },
                    grid: { color: colors.grid },
                    title: { display: true, text: unit, color: colors.text },
                    ticks: { color: colors.text, maxTicksLimit: 7 },
                },
            },
        };
    };

    const draw = (canvas) => {
        const colors = theme();
        const data = JSON.parse(canvas.dataset.growth);
        Chart.getChart(canvas)?.destroy();
        new Chart(canvas, {
            type: "line",
            data: { datasets: [measured(data.points, colors, canvas.dataset.title), ...curves(data.curves, colors)] },
            options: options(colors, data, canvas.dataset.unit),
            plugins: [names],
        });
    };

    const drawAll = () => document.querySelectorAll("canvas[data-growth]").forEach(draw);

    // The theme is a class of the root element, which Unfold changes.
    new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["class"] });
    drawAll();
})();
