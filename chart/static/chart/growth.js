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
        data: points.filter(([, , isImplausible]) => !isImplausible).map(([x, y]) => ({ x, y })),
        borderColor: colors.line,
        backgroundColor: colors.line,
        borderWidth: 2,
        pointRadius: 3.5,
        tension: 0,
        order: -1,
    });

    // A figure that cannot be right is no part of the line, and does not stretch the plot: it stands at the edge.
    const implausible = (points, colors, title, { low, high }) => ({
        label: `${title}, implausible`,
        data: points
            .filter(([, , isImplausible]) => isImplausible)
            .map(([x, y]) => ({ x, y: Math.min(Math.max(y, low), high), written: y })),
        showLine: false,
        pointStyle: "triangle",
        pointRadius: 6,
        pointBackgroundColor: colors.alarm,
        pointBorderColor: colors.alarm,
        clip: false,
        order: -2,
    });

    const bounds = (data) => {
        const plausible = data.points.filter(([, , isImplausible]) => !isImplausible);
        const shown = [...(plausible.length ? plausible : data.points), ...data.curves.flatMap((line) => line.points)];
        const values = shown.map(([, y]) => y);
        const room = (Math.max(...values) - Math.min(...values)) * 0.08 || 1;
        return { low: Math.floor(Math.min(...values) - room), high: Math.ceil(Math.max(...values) + room) };
    };

    // Each curve says at its right end which percentile it is.
    const names = {
        id: "percentileNames",
        afterDatasetsDraw(chart) {
            const { ctx, chartArea } = chart;
            ctx.save();
            ctx.font = "10px sans-serif";
            ctx.fillStyle = theme().text;
            ctx.textBaseline = "middle";
            const ends = chart.data.datasets
                .map((dataset, number) => ({ dataset, end: chart.getDatasetMeta(number).data.at(-1) }))
                .filter(({ dataset, end }) => dataset.isCurve && end);
            // Where there is no room for all of the names, the middle and the ends have theirs.
            const first = ["50", "5", "95", "85"];
            const rank = ({ dataset }) => (first.includes(dataset.label) ? first.indexOf(dataset.label) : first.length);
            const taken = [];
            ends.sort((one, other) => rank(one) - rank(other)).forEach(({ dataset, end }) => {
                if (taken.every((y) => Math.abs(y - end.y) >= 9)) {
                    ctx.fillText(dataset.label, chartArea.right + 4, end.y);
                    taken.push(end.y);
                }
            });
            ctx.restore();
        },
    };

    const options = (colors, data, unit, { low, high }) => {
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
                        label: (item) => `${item.dataset.label}: ${item.raw.written ?? item.parsed.y} ${unit}`,
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
                    ticks: { color: colors.text, maxRotation: 0, stepSize: 2, includeBounds: false },
                },
                y: {
                    min: low,
                    max: high,
                    border: { display: false },
                    grid: { color: colors.grid },
                    title: { display: true, text: unit, color: colors.text },
                    ticks: { color: colors.text, maxTicksLimit: 7, includeBounds: false },
                },
            },
        };
    };

    const draw = (canvas) => {
        const colors = theme();
        const data = JSON.parse(canvas.dataset.growth);
        const { title, unit } = canvas.dataset;
        const edges = bounds(data);
        Chart.getChart(canvas)?.destroy();
        new Chart(canvas, {
            type: "line",
            data: {
                datasets: [
                    measured(data.points, colors, title),
                    implausible(data.points, colors, title, edges),
                    ...curves(data.curves, colors),
                ],
            },
            options: options(colors, data, unit, edges),
            plugins: [names],
        });
    };

    const drawAll = () => document.querySelectorAll("canvas[data-growth]").forEach(draw);

    // The theme is a class of the root element, which Unfold changes.
    new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["class"] });
    drawAll();
})();
