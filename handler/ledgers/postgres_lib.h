#ifndef POSTGRES_LIB_H_
#define POSTGRES_LIB_H_

#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

#include "common/err.h"

/*
 * PostgreSQL's client library, which is loaded when a ledger is opened that
 * needs it: it brings Kerberos and LDAP along, and a CGI program would load
 * those for each request.  Calls are those of
 * https://www.postgresql.org/docs/current/libpq.html, by pq.PQexec() etc.
 */
#define POSTGRES_FUNCTIONS(f)						\
	f(PQconnectStartParams) f(PQconnectPoll) f(PQfinish)		\
	f(PQconninfoParse) f(PQconninfoFree) f(PQfreemem)		\
	f(PQstatus) f(PQtransactionStatus) f(PQsocket)			\
	f(PQbackendPID) f(PQerrorMessage) f(PQsetnonblocking)		\
	f(PQconnectionNeedsPassword) f(PQconnectionUsedPassword)	\
	f(PQsetNoticeProcessor) f(PQsetNoticeReceiver) f(PQflush)	\
	f(PQconsumeInput)						\
	f(PQisBusy) f(PQgetResult) f(PQsendQuery)			\
	f(PQsendPrepare) f(PQsendQueryParams) f(PQsendQueryPrepared)	\
	f(PQsetSingleRowMode) f(PQresultStatus) f(PQresultErrorField)	\
	f(PQcmdStatus) f(PQcmdTuples) f(PQntuples) f(PQnfields)		\
	f(PQfname) f(PQftype) f(PQgetisnull) f(PQgetlength)		\
	f(PQgetvalue) f(PQclear)

#define POSTGRES_MEMBER(name)	__typeof__(name) *name;
struct postgres_lib {
	POSTGRES_FUNCTIONS(POSTGRES_MEMBER)
};
#undef POSTGRES_MEMBER

extern struct postgres_lib pq;

/* Once or again; ERR_CONFIG where the library is not installed. */
enum err postgres_lib_load(struct why *);

#endif
