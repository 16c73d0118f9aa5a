export function Dataset() { return null; }
