/** RFC 9110 §5.1: a field's name is a token. */
export const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 §5.5: values are visible ASCII, blanks, tabs and obs-text; this finds what is not. */
export const NOT_A_FIELD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
/** RFC 9110 §8.6, up to what a double counts exactly. */
export const CONTENT_LENGTH = /^\d{1,15}$/;
