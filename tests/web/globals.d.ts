// What the page gets from scripts that are no modules: dygraphs, which comes without types.
declare const Dygraph: any;
