/**
 * The version of the product, as it stands in `User-Agent`, in Segment's `context.integration` and in `--version`. A
 * constant and not a read of package.json, so that nothing has to look for that file at run time; a test compares the two.
 */
export const version = '0.1.0';
