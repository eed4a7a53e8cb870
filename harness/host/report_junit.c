// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <stdlib.h>

#include "escape.h"
#include "report.h"
#include "text.h"

#define XML(s) ((const xmlChar *)(s))

static void attribute(xmlTextWriterPtr w, const char *name, const char *value)
{
	char *clean = escape_text(value, false);

	xmlTextWriterWriteAttribute(w, XML(name), XML(clean));
	free(clean);
}

static void number(xmlTextWriterPtr w, const char *name, size_t value)
{
	xmlTextWriterWriteFormatAttribute(w, XML(name), "%zu", value);
}

static void seconds(xmlTextWriterPtr w, uint64_t ns)
{
	xmlTextWriterWriteFormatAttribute(w, XML("time"),
					  "%" PRIu64 ".%03" PRIu64,
					  ns / 1000000000, ns / 1000000 % 1000);
}

static void text(xmlTextWriterPtr w, const char *s)
{
	char *clean = escape_text(s, true);

	xmlTextWriterWriteString(w, XML(clean));
	free(clean);
}

/* JUnit has no words for XFAIL and XPASS: the message begins with them. */
static void outcome(xmlTextWriterPtr w, const struct run *run,
		    const struct cell *cell, const struct result *r)
{
	static const char *const elements[NR_VERDICTS] = {
		[VERDICT_FAIL] = "failure",  [VERDICT_XPASS] = "failure",
		[VERDICT_INFRA] = "error",   [VERDICT_SKIP] = "skipped",
		[VERDICT_XFAIL] = "skipped",
	};
	enum verdict v = report_verdict(r);
	bool prefix = v == VERDICT_XFAIL || v == VERDICT_XPASS;
	char *message, *command;

	if (!elements[v])
		return;
	message = text_printf("%s%s%s", prefix ? verdict_name(v) : "",
			      prefix ? ": " : "", report_reason(cell, r));
	xmlTextWriterStartElement(w, XML(elements[v]));
	attribute(w, "message", message);
	free(message);
	if (report_is_bad(v)) {
		attribute(w, "type",
			  r->signature && *r->signature ? r->signature :
							  verdict_name(v));
		command = report_reproduce(run, cell, r);
		text(w, "reproduce: ");
		text(w, command);
		free(command);
	}
	xmlTextWriterEndElement(w);
}

static void testcase(xmlTextWriterPtr w, const struct run *run,
		     const struct cell *cell, const struct result *r)
{
	xmlTextWriterStartElement(w, XML("testcase"));
	attribute(w, "classname", cell->name);
	attribute(w, "name", r->test->name);
	seconds(w, r->ns);
	outcome(w, run, cell, r);
	if (r->log && *r->log && report_verdict(r) != VERDICT_PASS) {
		xmlTextWriterStartElement(w, XML("system-out"));
		text(w, r->log);
		xmlTextWriterEndElement(w);
	}
	xmlTextWriterEndElement(w);
}

static void counts(xmlTextWriterPtr w, const struct tally *t)
{
	size_t all = 0;

	for (int v = 0; v < NR_VERDICTS; v++)
		all += t->nr[v];
	number(w, "tests", all);
	number(w, "failures", t->nr[VERDICT_FAIL] + t->nr[VERDICT_XPASS]);
	number(w, "errors", t->nr[VERDICT_INFRA]);
}

static void testsuite(xmlTextWriterPtr w, const struct run *run,
		      const struct cell *cell)
{
	struct tally t = { { 0 } };

	report_count(&t, cell);
	xmlTextWriterStartElement(w, XML("testsuite"));
	attribute(w, "name", cell->name);
	counts(w, &t);
	/* Not of testsuites: the schema of Jenkins' xUnit plugin refuses it there. */
	number(w, "skipped", t.nr[VERDICT_SKIP] + t.nr[VERDICT_XFAIL]);
	seconds(w, cell->ns);
	for (size_t i = 0; i < cell->nr_results; i++)
		testcase(w, run, cell, &cell->results[i]);
	if (cell->infra) {
		xmlTextWriterStartElement(w, XML("system-err"));
		text(w, cell->infra);
		xmlTextWriterEndElement(w);
	}
	xmlTextWriterEndElement(w);
}

static void testsuites(xmlTextWriterPtr w, const struct run *run)
{
	struct tally t = { { 0 } };

	for (size_t i = 0; i < run->nr_cells; i++)
		report_count(&t, &run->cells[i]);
	xmlTextWriterSetIndent(w, 1);
	xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
	xmlTextWriterStartElement(w, XML("testsuites"));
	attribute(w, "name", "stlb");
	counts(w, &t);
	seconds(w, run->ns);
	for (size_t i = 0; i < run->nr_cells; i++)
		testsuite(w, run, &run->cells[i]);
	xmlTextWriterEndDocument(w);
}

static void junit_finish(const struct run *run)
{
	struct report_file file;
	xmlBufferPtr buffer;
	xmlTextWriterPtr w;

	if (!run->dir)
		return;
	report_open(&file, run->dir, "junit.xml");
	buffer = xmlBufferCreate();
	w = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
	if (w) {
		testsuites(w, run);
		xmlTextWriterFlush(w);
		fwrite(xmlBufferContent(buffer), 1, xmlBufferLength(buffer),
		       file.f);
	} else {
		report_problem(file.path, ENOMEM);
	}
	if (w)
		xmlFreeTextWriter(w);
	if (buffer)
		xmlBufferFree(buffer);
	report_close(&file);
}

const struct reporter report_junit = { .finish = junit_finish };
