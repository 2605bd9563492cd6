'use strict';
/*
 * Markdown as Linear gives it back.  It keeps a document of its own, so what
 * is read is another text than what was written: a link's target in angle
 * brackets, one kind of bullet, one mark for emphasis, no blanks at the end.
 * Code stays as it was.
 */
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

function
inline(text)
{
	return text.split(/(`+[^`]*`+)/).map((part, i) => i % 2 ? part : part
	    .replace(/\]\((https?:[^()\s<>]+)\)/g, '](<$1>)')
	    .replace(/(^|\s)_([^_\s][^_]*)_(?=\s|$)/g, '$1*$2*')).join('');
}

function
stored(text)
{
	let fence = null;
	const lines = text.replace(/\r\n?/g, '\n').split('\n').map(line => {
		const mark = FENCE.exec(line)?.[1];

		if (fence) {
			if (mark?.startsWith(fence) &&
			    line.trim() === mark)
				fence = null;
			return line;
		}
		if (mark) {
			fence = mark;
			return line;
		}
		return inline(line.trimEnd().replace(/^(\s*)[-+] /, '$1* '));
	});

	return lines.join('\n').replace(/\n{3,}/g, '\n\n').trimEnd();
}

module.exports = {stored};
