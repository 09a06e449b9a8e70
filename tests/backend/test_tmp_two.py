import subprocess,sys,httpx,time
sys.path.insert(0,"/work/main/tests/backend")
def test_two(postgres,tmp_path):
    from world import new_database
    import importlib.util
    spec=importlib.util.spec_from_file_location("td","/work/main/tests/backend/test_database.py"); td=importlib.util.module_from_spec(spec); spec.loader.exec_module(td)
    with new_database(postgres) as url:
        a=td.Serving(url,tmp_path); a.start()
        b=td.Serving(url,tmp_path)
        r=None
        try:
            r=subprocess.run(b.command("--port",str(b.port)),env=b.environment,cwd=tmp_path,capture_output=True,timeout=8)
            print(r.returncode,r.stderr.decode()[-3000:])
        except subprocess.TimeoutExpired as e:
            print("timeout",e.stderr)
            import psycopg
            with psycopg.connect(url) as c:
                for row in c.execute("select pid,state,wait_event_type,wait_event,left(query,90) from pg_stat_activity where datname=current_database()").fetchall(): print(row)
        a.end(9)
        assert 0
